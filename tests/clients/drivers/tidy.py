"""Transcripts that can be compared: what differs from chain to chain becomes its shape, all else is kept."""

OF_A_CHAIN = {"blockHash", "blockNumber", "blockTimestamp", "effectiveGasPrice", "gasPrice"}
OF_A_BLOCK = OF_A_CHAIN | {"hash", "parentHash", "number", "timestamp", "stateRoot", "miner", "mixHash", "extraData", "size",
                           "baseFeePerGas", "parentBeaconBlockRoot"}


def shape(value):
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str) and value.startswith("0x") and len(value) >= 42:
        return f"{len(value) // 2 - 1} bytes"
    return "a quantity" if isinstance(value, int) else type(value).__name__


def tidy(value, hidden=frozenset(OF_A_CHAIN)):
    """What can be compared: what differs from chain to chain becomes its shape."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, bytes):
        return "0x" + bytes(value).hex()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value.lower() if value.startswith("0x") else value
    if hasattr(value, "items"):
        return {key: shape(item) if key in hidden else tidy(item, hidden) for key, item in sorted(value.items())}
    if hasattr(value, "_asdict"):
        return tidy(value._asdict(), hidden)
    return [tidy(item, hidden) for item in value]


def tidy_block(block):
    rest = {key: value for key, value in block.items() if key != "transactions"}
    return {**tidy(rest, OF_A_BLOCK), "transactions": tidy(block["transactions"])}


def told(error):
    """What web3.py makes of an error, without the node's own words."""
    answer = getattr(error, "rpc_response", None) or {}
    code = answer.get("error", {}).get("code") if isinstance(answer, dict) else None
    return tidy({"name": type(error).__name__, "code": code, "data": getattr(error, "data", None)})
