"""Rows of contracts, their labels and terms; apart, as the road of plain reports needs them."""

from __future__ import annotations

import sqlite3

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.contract import Contract
from worklog.domain.grid import epoch_ms
from worklog.wire.contract import decode_contract, encode_contract
from worklog.wire.reader import Reader


def contracts(db: sqlite3.Connection) -> list[Contract]:
    """Return all contracts, ordered by name."""
    terms: dict[str, list[Json]] = {}
    for contract_id, content in db.execute(
        "SELECT contract_id, content FROM terms ORDER BY contract_id, since_ms"
    ).fetchall():
        terms.setdefault(contract_id, []).append(parse_json(content))
    found = []
    for contract_id, content in db.execute(
        "SELECT contract_id, content FROM contracts ORDER BY name"
    ).fetchall():
        reader = Reader.of_text(content, "contract")
        members = {name: reader.value(name) for name in reader.names()}
        whole = canonical({**members, "terms": terms.get(contract_id, [])})
        found.append(decode_contract(whole.decode()))
    return found


def put_contract(db: sqlite3.Connection, contract: Contract) -> None:
    """Insert or replace *contract*, its labels and its terms."""
    reader = Reader.of_text(encode_contract(contract), "contract")
    members = {name: reader.value(name) for name in reader.names() if name != "terms"}
    db.execute(
        "INSERT INTO contracts VALUES (?, ?, ?, ?, ?) ON CONFLICT (contract_id) DO UPDATE SET"
        " name = excluded.name, service = excluded.service,"
        " is_archived = excluded.is_archived, content = excluded.content",
        (
            contract.contract_id,
            reader.text("name"),
            contract.service,
            int(contract.is_archived),
            canonical(members).decode(),
        ),
    )
    db.execute("DELETE FROM contract_labels WHERE contract_id = ?", (contract.contract_id,))
    db.executemany(
        "INSERT INTO contract_labels VALUES (?, ?, ?)",
        [(contract.contract_id, n, label) for n, label in enumerate(reader.texts("labels"))],
    )
    db.execute("DELETE FROM terms WHERE contract_id = ?", (contract.contract_id,))
    db.executemany(
        "INSERT INTO terms VALUES (?, ?, ?)",
        [
            (contract.contract_id, epoch_ms(terms.since), canonical(content).decode())
            for terms, content in zip(contract.terms, reader.items("terms"), strict=True)
        ],
    )
