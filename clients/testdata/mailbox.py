"""A mail server that keeps what it gets, one JSON file for each message.

usage: mailbox.py DIRECTORY

It prints its port. While the file "hold" is there, a message that has come is not accepted:
the file "holding" tells that one waits.
"""

import asyncio
import json
import os
import sys

from aiosmtpd.controller import UnthreadedController

directory = sys.argv[1]
count = 0


class Keep:
    async def handle_DATA(self, server, session, envelope):
        global count
        hold = os.path.join(directory, "hold")
        while os.path.exists(hold):
            open(os.path.join(directory, "holding"), "w").close()
            await asyncio.sleep(0.01)
        count += 1
        path = os.path.join(directory, "%06d.json" % count)
        with open(path + ".new", "w") as f:
            json.dump(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "data": envelope.content.decode("utf-8", "replace"),
                },
                f,
            )
        os.rename(path + ".new", path)
        return "250 kept"


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
controller = UnthreadedController(Keep(), hostname="127.0.0.1", port=0, loop=loop)
controller.begin()
print(controller.server.sockets[0].getsockname()[1], flush=True)
loop.run_forever()
