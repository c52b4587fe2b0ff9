"""Exact results of queueing theory, by routes that share no code with the simulator.

Rates are per hour and times in hours, so that `mu` is 1 / (mean hours of service).  Results are
dicts whose keys mean the same everywhere (a docstring names the few that are its own):

wait_h          mean wait in line of those who joined (those who did not wait count as 0)
wait_square_h2  mean square of that wait (first come, first served)
p_wait          share of arrivals that find no free EVSE (of those who joined, if some are lost)
p_lost          share of arrivals that are turned away
p_renege        share of arrivals that leave the line unserved
line            mean number waiting
plugged         mean number of EVs at an EVSE
evs             mean number of EVs at the station
session_h       mean hours at an EVSE
utilization     mean share of the EVSEs that are occupied
stay_h          mean hours from arrival to leaving
"""
