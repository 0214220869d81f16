# SPDX-License-Identifier: MIT
"""What the other tests of packages rely on."""

import pytest

import conftest


def test_a_line_of_the_table_has_its_ecosystem_its_column_and_one_line_of_words(tmp_path, monkeypatch):
    monkeypatch.setenv("PACKAGES_TABLE", str(tmp_path / "table"))
    conftest.tell("debian", "built", "one package")
    assert (tmp_path / "table").read_text() == "debian     built      one package\n"
    for column, words in (("guessed", "words"), ("built", "two\nlines")):
        with pytest.raises(AssertionError):
            conftest.tell("debian", column, words)


def test_a_command_that_fails_is_told_with_what_it_printed():
    with pytest.raises(AssertionError, match=r"lost: 3\s+words"):
        conftest.run("sh", "-c", "echo words; exit 3 #lost")
    assert conftest.run("sh", "-c", "exit 3", status=None) == ""
