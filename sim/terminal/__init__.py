"""What the command line says beside answers: of a key, to a shell."""
