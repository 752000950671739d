"""No word that would narrow an action down is ever passed over, and an empty one never means everything."""

from __future__ import annotations

import pytest

from tool.actions import ACTIONS
from tool.command_line import OTHERS, parse
from tool.words import WORDS

VALUES = {"camera": "CAM-1", "date": "2022-02-24", "from": "2022-02-24", "to": "2022-02-24", "pattern": "*.jpg"}
VALUES |= {"older_than": "30", "limit": "5", "keep": "3", "tier": "Bulk", "destination": "/srv/evidence"}
VALUES |= {"public_key": "RWQ", "timestamp_certificates": "/etc/tsa.pem"}
PAIRS = [(action, word) for action in (*ACTIONS, *OTHERS) for word in WORDS]


def said(word: str) -> list[str]:
    return [WORDS[word][0][-1], *([VALUES[word]] if word in VALUES else [])]


@pytest.mark.parametrize(("action", "word"), PAIRS)
def test_an_action_takes_a_word_or_refuses_it(action: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    takes = ACTIONS[action].words if action in ACTIONS else ()
    needed = [name for name in (ACTIONS[action].needs if action in ACTIONS else ()) if name != word]
    words = [action, *said(word), *(part for name in needed for part in said(name))]
    if word in takes:
        if word in ("from", "to") and "date" in needed:
            return
        assert getattr(parse(words), word) is not None
        return
    with pytest.raises(SystemExit) as left:
        parse(words)
    assert left.value.code == 2
    assert f"{action} does not take {WORDS[word][0][0]};" in capsys.readouterr().err


@pytest.mark.parametrize("word", [word for word in VALUES if word != "tier"])
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_value_is_refused(word: str, empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    action = next(name for name, action in ACTIONS.items() if word in action.words)
    needed = [part for name in ACTIONS[action].needs if name != word for part in said(name)]
    with pytest.raises(SystemExit) as left:
        parse([action, *needed, said(word)[0], empty])
    assert left.value.code == 2
    assert "argument " in capsys.readouterr().err


def test_a_public_key_may_be_given_for_each_that_there_was() -> None:
    assert parse(["verify", "--public-key", "RWQ1", "--public-key", "RWQ2"]).public_key == ["RWQ1", "RWQ2"]


def test_every_word_is_taken_by_some_action() -> None:
    assert {word for action in ACTIONS.values() for word in action.words} == set(WORDS)
