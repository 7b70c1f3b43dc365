"""Whoever publishes to nchan: one POST an event.

python nchan_publish.py PORT BYTES MILLISECONDS
"""

import http.client
import sys
import time

PORT, BYTES, MILLISECONDS = map(int, sys.argv[1:])

connection = http.client.HTTPConnection("127.0.0.1", PORT)
pad = "x" * (BYTES - 62)  # nchan sends an id as well
due = time.monotonic()
while True:
    due += MILLISECONDS / 1000
    time.sleep(max(due - time.monotonic(), 0))
    data = f'{{"sent":{time.time_ns()},"pad":"{pad}"}}'
    connection.request("POST", "/pub", data)
    connection.getresponse().read()
