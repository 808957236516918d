"""The provider's own books: what it took in, gave back and paid out."""

from simulator.context import Simulator


def balance(sim: Simulator) -> dict[str, int]:
    """Sums in fen. `balance_fen` is paid − refunded − transferred; bank transfers stand apart."""
    orders = sim.state.find("orders")
    refunds = sim.state.find("refunds")
    transfers = sim.state.find("transfers")
    bank = sim.state.find("bank")
    paid = sum(row["paid"] for row in orders if "paid" in row)
    refunded = sum(row["refund"] for row in refunds if row["status"] == "SUCCESS")
    transferred = sum(row["transfer_amount"] for row in transfers if row["state"] == "SUCCESS")
    return {
        "paid_fen": paid,
        "refunded_fen": refunded,
        "refunding_fen": sum(r["refund"] for r in refunds if r["status"] in {"PROCESSING", "ABNORMAL"}),
        "transferred_fen": transferred,
        "transferring_fen": sum(
            r["transfer_amount"] for r in transfers if r["state"] not in {"SUCCESS", "FAIL", "CANCELLED"}
        ),
        "balance_fen": paid - refunded - transferred,
        "bank_transferred_fen": sum(r["amount_fen"] for r in bank if r["state"] == "SUCCESS"),
        "bank_transferring_fen": sum(r["amount_fen"] for r in bank if r["state"] == "PROCESSING"),
        "payments": sum("paid" in row for row in orders),
        "refunds": sum(row["status"] == "SUCCESS" for row in refunds),
        "transfers": sum(row["state"] == "SUCCESS" for row in transfers),
        "bank_transfers": sum(row["state"] == "SUCCESS" for row in bank),
    }


def available(sim: Simulator) -> int:
    """Fen the merchant may still spend, its opening money included."""
    sums = balance(sim)
    spent = sums["refunding_fen"] + sums["transferring_fen"]
    return int(sim.config("opening_fen")) + sums["balance_fen"] - spent
