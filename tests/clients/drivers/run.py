"""Plays the scenario with web3.py against one node; the transcript goes to standard output.

Argument: a file that says where the node is, who plays and what is deployed.
"""

import json
import sys
from pathlib import Path

from tidy import told
from web3py import Driver


def main():
    setting = json.loads(Path(sys.argv[1]).read_text())
    steps = json.loads((Path(__file__).parent.parent / "scenario.json").read_text())["steps"]
    driver = Driver(setting)

    def resolved(value):
        if isinstance(value, str) and value.startswith("$"):
            return setting["addresses"].get(value[1:]) or driver.made[value[1:]].address
        if isinstance(value, list):
            return [resolved(item) for item in value]
        return {key: resolved(item) for key, item in value.items()} if isinstance(value, dict) else value

    transcript = {}
    for step in steps:
        verb = "account_" if step["do"] == "account" else step["do"]
        try:
            transcript[step["name"]] = getattr(driver, verb)(resolved(step))
        except Exception as error:
            print(step["name"], repr(error), file=sys.stderr)
            transcript[step["name"]] = {"unexpected": told(error), "message": str(error)[:300]}
    json.dump(transcript, sys.stdout, indent=1)


main()
