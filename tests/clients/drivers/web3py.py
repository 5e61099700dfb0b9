"""The scenario in web3.py."""

import asyncio
import time

from eth_account import Account
from eth_utils import keccak
from proof import checked
from tidy import shape, tidy, tidy_block, told
from web3 import AsyncWeb3, Web3
from web3.logs import DISCARD
from web3.providers.persistent import WebSocketProvider

FEES = {"maxFeePerGas": 3_000_000_000, "maxPriorityFeePerGas": 1_000_000_000}
ABSENT = "0x" + "11" * 32


def fees(kind):
    if kind == 0:
        return {"gasPrice": 3_000_000_000}
    return {"type": kind, **(FEES if kind == 2 else {"gasPrice": 3_000_000_000})}


def counted(step):
    told = {"value": int(step.get("value", 0)), "gas": step.get("gas"), "data": step.get("data"), "accessList": step.get("accessList")}
    return {name: value for name, value in told.items() if value is not None}


def failing(work):
    try:
        return {"unexpected": tidy(work())}
    except Exception as error:
        return told(error)


class Driver:
    def __init__(self, setting):
        self.web3 = Web3(Web3.HTTPProvider(setting["http"], exception_retry_configuration=None))
        self.eth = self.web3.eth
        self.ws = setting["ws"]
        self.contracts = setting["contracts"]
        self.account = Account.from_key(setting["keys"]["sender"])
        self.poor = Account.from_key(setting["keys"]["poor"])
        self.chain = self.eth.chain_id
        self.made, self.kept = {}, {}

    def sign(self, wanted, account=None):
        account = account or self.account
        wanted = {"chainId": self.chain, "nonce": self.eth.get_transaction_count(account.address), **wanted}
        return account.sign_transaction(wanted).raw_transaction

    def submit(self, wanted):
        return self.eth.send_raw_transaction(self.sign(wanted))

    def wait(self, sent):
        return self.eth.wait_for_transaction_receipt(sent, timeout=15, poll_latency=0.05)

    def settled(self, step, sent):
        receipt = self.wait(sent)
        if "as" in step:
            self.kept[step["as"]] = receipt
        sender = self.account.address
        before, after = (self.eth.get_balance(sender, receipt["blockNumber"] + ago) for ago in (-1, 0))
        transaction = self.eth.get_transaction(sent)
        own = 0 if receipt["status"] == 0 or transaction.get("to") == sender else transaction["value"]
        paid = before - after == own + receipt["gasUsed"] * receipt["effectiveGasPrice"]
        return {"receipt": tidy(receipt), "logs": tidy(receipt["logs"]), "paid": paid}

    def function(self, step):
        contract = self.made[step["on"]]
        args = [int(arg) if isinstance(arg, str) and arg.lstrip("-").isdigit() else arg for arg in step.get("args", [])]
        args = [[int(item) for item in arg] if isinstance(arg, list) else arg for arg in args]
        args = [(arg["role"], int(arg["lines"]), arg["actors"]) if isinstance(arg, dict) else arg for arg in args]
        if "signature" in step:
            return contract.get_function_by_signature(step["signature"])(*args)
        return contract.functions[step["method"]](*args)

    def topics(self, step):
        names = step.get("events", [step["event"]] if "event" in step else [])
        if not names:
            return {}
        events = ["0x" + keccak(text=self.signature(name)).hex() for name in names]
        line = [None, "0x" + int(step["line"]).to_bytes(32, "big").hex()] if "line" in step else []
        return {"topics": [events if len(events) > 1 else events[0], *line]}

    def signature(self, name):
        event = next(item for item in self.contracts["Stage"]["abi"] if item["type"] == "event" and item["name"] == name)
        return f"{name}({','.join(part['type'] for part in event['inputs'])})"

    def next(self, to):
        return self.wait(self.submit({"to": to, "value": 1, "gas": 21_000, **fees(2)}))

    def network(self, step):
        return {"chainId": str(self.chain), "network": self.web3.net.version, "connected": self.web3.is_connected(), "height": shape(self.eth.block_number),
                "gasPrice": shape(self.eth.gas_price), "tip": shape(self.eth.max_priority_fee), "syncing": self.eth.syncing,
                "client": type(self.web3.client_version).__name__, "listening": self.web3.net.listening, "accounts": isinstance(self.eth.accounts, list)}

    def account_(self, step):
        balance = {} if step["of"] == self.account.address else {"balance": str(self.eth.get_balance(step["of"]))}
        return {"nonce": self.eth.get_transaction_count(step["of"]), **balance, "code": self.eth.get_code(step["of"]) == b""}

    def send(self, step):
        return self.settled(step, self.submit({"to": step["to"], **counted(step), **fees(step["type"])}))

    def send_plain(self, step):
        filled = {"from": self.account.address, "to": step["to"], "value": int(step["value"])}
        filled["gas"] = self.eth.estimate_gas(filled)
        base = self.eth.get_block("latest")["baseFeePerGas"]
        tip = self.eth.max_priority_fee
        receipt = self.wait(self.submit({**filled, "type": 2, "maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base + tip}))
        return {"status": receipt["status"], "type": receipt["type"], "gas": str(receipt["gasUsed"])}

    def deploy(self, step):
        made = self.contracts[step["contract"]]
        args = [[int(item) for item in arg] if isinstance(arg, list) else arg for arg in step["args"]]
        contract = self.eth.contract(abi=made["abi"], bytecode=made["bytecode"])
        data = contract.constructor(*args).data_in_transaction
        told = self.settled(step, self.submit({**counted(step), **fees(2), "data": data}))
        at = self.kept[step["as"]]["contractAddress"]
        self.made[step["as"]] = self.eth.contract(address=at, abi=made["abi"])
        return {"at": at.lower(), **told}

    def deploy_fails(self, step):
        return self.settled(step, self.submit({**counted(step), **fees(2), "data": self.contracts[step["contract"]]["bytecode"]}))

    def call(self, step):
        return tidy(self.function(step).call({"from": self.account.address}))

    def call_nothing(self, step):
        return failing(self.eth.contract(address=step["to"], abi=self.contracts["Stage"]["abi"]).functions.line().call)

    def transact(self, step):
        contract = self.made[step["on"]]
        data = self.function(step)._encode_transaction_data()
        told = self.settled(step, self.submit({"to": contract.address, **counted(step), **fees(2), "data": data}))
        receipt = self.eth.get_transaction_receipt(told["receipt"]["transactionHash"])
        events = [item["name"] for item in contract.abi if item["type"] == "event"]
        parsed = [[name, tidy(dict(event["args"]))] for name in events for event in contract.events[name]().process_receipt(receipt, errors=DISCARD)]
        return {**told, "parsed": parsed}

    transact_fails = transact

    def call_fails(self, step):
        return failing(lambda: self.function(step).call({"from": self.account.address}))

    def estimate_fails(self, step):
        return failing(lambda: self.function(step).estimate_gas({"from": self.account.address}))

    def estimate(self, step):
        gas = self.function(step).estimate_gas({"from": self.account.address})
        data = self.function(step)._encode_transaction_data()
        receipt = self.wait(self.submit({"to": self.made[step["on"]].address, "data": data, "gas": gas, **fees(2)}))
        return {"status": receipt["status"], "tight": gas - receipt["gasUsed"] <= receipt["gasUsed"] // 20}

    def refused(self, step):
        account = self.poor if "by" in step else self.account
        nonce = self.eth.get_transaction_count(account.address) + step.get("nonce", 0)
        wanted = {"to": step["to"], **counted(step), **fees(2), "nonce": nonce, "chainId": step.get("chainId", self.chain)}
        return failing(lambda: self.eth.send_raw_transaction(self.sign(wanted, account)))

    def refused_replacement(self, step):
        nonce = self.eth.get_transaction_count(self.account.address)

        def wants(nonce, value):
            return self.submit({"to": step["to"], "nonce": nonce, "gas": 21_000, "value": value, **fees(2)})

        later = wants(nonce + 1, 0)
        refusal = failing(lambda: wants(nonce + 1, 1))
        return {"refusal": refusal, "both": [self.wait(sent)["status"] for sent in (wants(nonce, 0), later)]}

    def place(self, step):
        if "in" in step:
            return {"blockHash": self.kept[step["in"]]["blockHash"]}
        return {"fromBlock": self.kept[step["from"]]["blockNumber"], "toBlock": self.kept[step["to"]]["blockNumber"]}

    def logs(self, step):
        return tidy(self.eth.get_logs({**step.get("filter", {}), **self.topics(step), **self.place(step)}))

    def filter(self, step):
        watch = self.eth.filter({"fromBlock": self.eth.block_number, "address": self.made[step["on"]].address, **self.topics(step)})
        seen = []
        for words in step["args"]:
            self.transact({**step, "args": [words]})
            seen.append(tidy(watch.get_new_entries()))
        seen.append(tidy(watch.get_new_entries()))
        everything = tidy(watch.get_all_entries())
        ended, again = (self.eth.uninstall_filter(watch.filter_id) for _ in range(2))
        return {"seen": seen, "all": everything, "ended": ended, "again": again, "after": failing(lambda: self.eth.get_filter_changes(watch.filter_id))}

    def filter_blocks(self, step):
        watch = self.eth.filter("latest")
        receipt = self.next(step["to"])
        return {"seen": receipt["blockHash"] in watch.get_new_entries(), "ended": self.eth.uninstall_filter(watch.filter_id)}

    async def subscribed(self, what, act, is_enough):
        async with AsyncWeb3(WebSocketProvider(self.ws)) as socket:
            name = await socket.eth.subscribe(*what)
            acted = asyncio.get_running_loop().run_in_executor(None, act)
            seen, end = [], time.monotonic() + 10
            while time.monotonic() < end and not (acted.done() and is_enough(seen, acted.result())):
                try:
                    message = await asyncio.wait_for(anext(aiter(socket.socket.process_subscriptions())), 0.3)
                    seen.append(message["result"])
                except TimeoutError:
                    continue
            ended = await socket.eth.unsubscribe(name)
            return seen, ended, await acted

    def subscribe_logs(self, step):
        def act():
            for words in step["args"]:
                self.transact({**step, "args": [words]})

        what = ("logs", {"address": self.made[step["on"]].address, **self.topics(step)})
        seen, ended, _ = asyncio.run(self.subscribed(what, act, lambda seen, _: len(seen) >= len(step["args"])))
        return {"seen": tidy(seen), "ended": ended}

    def subscribe_heads(self, step):
        def act():
            return [self.next(step["to"])["blockNumber"] for _ in range(2)]

        def is_enough(seen, wanted):
            return set(wanted) <= {head["number"] for head in seen}

        seen, ended, wanted = asyncio.run(self.subscribed(("newHeads",), act, is_enough))
        heights = [head["number"] for head in seen]
        return {"both": is_enough(seen, wanted), "ended": ended, "rising": heights == list(range(heights[0], heights[0] + len(heights)))}

    def listen(self, step):
        watch = self.made[step["on"]].events[step["event"]].create_filter(from_block="latest")
        seen = []
        for words in step["args"]:
            self.transact({**step, "args": [words]})
            seen += [tidy(dict(event["args"])) for event in watch.get_new_entries()]
        return seen

    def batch(self, step):
        def read(name):
            return {"from": self.account.address, "to": self.made[step["on"]].address, "data": self.made[step["on"]].functions[name]()._encode_transaction_data()}

        with self.web3.batch_requests() as batch:
            for name in step["methods"][:2]:
                batch.add(self.eth.call(read(name)))
            good = tidy(batch.execute())

        def with_a_bad_one():
            with self.web3.batch_requests() as batch:
                for name in step["methods"]:
                    batch.add(self.eth.call(read(name)))
                return batch.execute()

        return {"good": good, "bad": failing(with_a_bad_one)}

    def block(self, step):
        receipt = self.kept[step["at"]]
        return tidy_block(self.eth.get_block(receipt["blockHash"] if step.get("by") == "hash" else receipt["blockNumber"], step.get("whole", False)))

    def no_block(self, step):
        return [failing(lambda name=name: self.eth.get_block(name)) for name in (1_000_000_000, ABSENT)]

    def block_words(self, step):
        return {word: bool(self.eth.get_block(word)) for word in ("earliest", "latest", "safe", "finalized", "pending")}

    def transaction(self, step):
        name = self.kept[step["of"]]["transactionHash"]
        return {"transaction": tidy(self.eth.get_transaction(name)), "receipt": tidy(self.eth.get_transaction_receipt(name))}

    def no_transaction(self, step):
        return [failing(lambda: self.eth.get_transaction(ABSENT)), failing(lambda: self.eth.get_transaction_receipt(ABSENT))]

    def fee_history(self, step):
        told = self.eth.fee_history(step["count"], self.kept[step["from"]]["blockNumber"], [10, 90])
        return {"baseFees": len(told["baseFeePerGas"]), "ratios": len(told["gasUsedRatio"]), "rewards": [len(tips) for tips in told["reward"]]}

    def storage(self, step):
        return {"code": tidy(keccak(self.eth.get_code(step["of"]))), "slots": [tidy(self.eth.get_storage_at(step["of"], slot)) for slot in step["slots"]]}

    def proof(self, step):
        block = self.eth.get_block(self.kept[step["at"]]["blockNumber"])
        names = [f"0x{slot:064x}" for slot in step["slots"]]
        return checked(block["stateRoot"], self.eth.get_proof(step["of"], names, block["number"]))

    def past(self, step):
        height = self.kept[step["at"]]["blockNumber"]
        return [str(self.function(step).call(block_identifier=at)) for at in (height - 1, height)]
