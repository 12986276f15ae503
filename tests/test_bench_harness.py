"""Benchmarks are run, timed and told as they should be, and a contender that is not right gets no number."""

import io
import json
from functools import partial

import pytest

pytest.importorskip("rich")

from rich.console import Console

from benches import cores, harness, results, show, works
from benches.process import Prepared
from benches.results import Floor, Left
from samebatch.cli import timing


class Fake:
    """A process that needs no time, and fails where it is told to."""

    def __init__(self, log, name, *, left=None, breaks=False, repeats=1):
        self.log, self.name, self.left, self.breaks, self.repeats = log, name, left, breaks, repeats

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.log.append(f"{self.name} ends")

    def prepare(self):
        if self.left:
            raise self.left
        return Prepared("1.0", "everything", self.repeats)

    def begin(self, repeats):
        self.log.append(f"{self.name} {repeats}")

    def end(self):
        if self.breaks:
            raise Left("failed", "it broke")
        return 10


def benchmark(*names, floors=(), **more):
    contenders = [harness.Contender(name, lambda: None, None if name == names[0] else names[0]) for name in names]
    return harness.Benchmark("trial", "no work", tuple(contenders), tuple(floors), **more)


def run(one, rounds=2, **fakes):
    log = []
    result = harness.run(one, lambda _, who, __: Fake(log, who.name, **fakes.get(who.name, {})), rounds)
    return result, log


def told(result):
    console = Console(width=200, file=io.StringIO(), record=True)
    show.result(result, console)
    show.floors([result], console)
    return console.export_text()


def test_contenders_are_verified_and_then_take_turns():
    result, log = run(benchmark("a", "b"), a={"repeats": 3})
    assert log == ["a 3", "b 1", "a 3", "b 1", "b 1", "a 3", "b ends", "a ends"]
    assert [len(rates) for rates in result.rates.rounds.values()] == [2, 2]
    assert not result.faulty


@pytest.mark.parametrize("kind", ["absent", "wrong", "failed"])
def test_who_is_not_right_gets_no_number(kind):
    result, log = run(benchmark("a", "b", floors=[Floor("a", "b", 2)]), b={"left": Left(kind, "that is why")})
    assert "b 1" not in log
    assert list(result.rates.rounds) == ["a"]
    assert result.faulty == (kind != "absent")
    assert result.met(result.benchmark.floors[0]) is None
    said = told(result)
    assert f"b: {show.KINDS[kind]}. that is why" in said
    assert "not measured" in said
    assert result.as_json()["left_out"] == {"b": {"kind": kind, "reason": "that is why"}}
    assert list(result.as_json()["contenders"]) == ["a"]


def test_who_breaks_while_it_is_timed_gets_no_number_and_the_others_start_anew():
    result, log = run(benchmark("a", "b", "c"), rounds=1, b={"breaks": True})
    assert list(result.rates.rounds) == ["a", "c"]
    assert result.left["b"].reason == "it broke"
    assert result.faulty
    assert log[:6] == ["a 1", "b 1", "a 1", "c 1", "a 1", "c 1"]


def test_nobody_left_is_told_without_a_table():
    result, _ = run(benchmark("a"), a={"left": Left("wrong", "all of it")})
    said = told(result)
    assert "no number, for its output is wrong. all of it" in said
    assert "images/s" not in said


def test_a_slow_benchmark_gets_fewer_rounds_and_always_one():
    assert len(run(benchmark("a", rounds=0.5), rounds=4)[0].rates.rounds["a"]) == 2
    assert len(run(benchmark("a", rounds=0.1), rounds=1)[0].rates.rounds["a"]) == 1


def test_processes_side_by_side_work_at_the_same_time_and_are_counted_together(monkeypatch):
    monkeypatch.setattr(cores, "available", lambda: [3, 5, 7])
    pair = harness.Contender("pair", lambda: None, processes=2)
    log, given = [], []

    def start(_, who, places):
        given.append(places)
        return Fake(log, f"{who.name}{places[0]}", repeats=places[0])

    made = []
    monkeypatch.setattr(timing, "race", lambda work, _, **__: made.append(work["pair"]()) or timing.Rates({}))
    harness.run(harness.Benchmark("trial", "no work", (pair,)), start, 1)
    assert given == [[5], [7]]
    assert log[:2] == ["pair5 7", "pair7 7"]
    assert made == [20]


def test_a_contender_that_needs_more_cores_than_there_are_is_absent(monkeypatch):
    monkeypatch.setattr(cores, "available", lambda: [0])
    one = harness.Benchmark("trial", "no work", (harness.Contender("wide", lambda: None, cores=2),))
    result, log = run(one)
    assert result.left["wide"].reason == "it needs 2 cores, and there are 1"
    assert log == []


def result_of(rates, floors):
    one = benchmark(*rates, floors=floors)
    return results.Result(one, timing.Rates(rates), {name: Prepared("1", "all", 1) for name in rates}, {})


def test_floors_are_medians_of_ratios_of_the_same_round():
    floors = [Floor("a", "b", 2.0), Floor("a", "b", 2.1), Floor("a", "c", 1.0)]
    result = result_of({"a": (10.0, 40.0, 30.0), "b": (5.0, 10.0, 30.0)}, floors)
    assert [result.met(floor) for floor in floors] == [True, False, None]
    said = told(result)
    assert said.count("NOT MET") == 1
    assert [floor["met"] for floor in result.as_json()["floors"]] == [True, False, None]
    contender = result.as_json()["contenders"]["b"]
    assert contender["samebatch_is_times_as_fast"] == 2.0
    assert contender["images_per_second"] == 10.0
    assert contender["rounds"] == [5.0, 10.0, 30.0]


@pytest.mark.parametrize(("instead", "met"), [(0.9, True), (1.1, False)])
def test_another_floor_will_do_where_it_is_named(instead, met):
    floor = Floor("a", "b", 1.8, instead=Floor("a", "c", instead))
    result = result_of({"a": (15.0,), "b": (10.0,), "c": (15.0,)}, [floor])
    assert result.met(floor) is met
    assert f"or {instead:.2f} against c: 1.00" in told(result)


def test_results_are_written_with_their_conditions(tmp_path):
    conditions = results.conditions()
    assert {"date", "machine", "cores", "python"} <= set(conditions)
    results.write_json([result_of({"a": (1.0,)}, [])], conditions, tmp_path / "new" / "r.json")
    written = json.loads((tmp_path / "new" / "r.json").read_text())
    assert written["date"] == conditions["date"]
    assert written["benchmarks"][0]["benchmark"] == "trial"
    assert results.file_name(conditions).startswith(conditions["date"])
    assert " " not in results.file_name(conditions)


def test_every_benchmark_can_be_named_and_its_names_are_its_own():
    for name in works.WORKS:
        one = works.named(name, quick=True)
        names = [contender.name for contender in one.contenders]
        assert one.name == name
        assert len(set(names)) == len(names)
        assert {contender.beside for contender in one.contenders} <= {None, *names}
        assert {word for floor in one.floors for word in (floor.ours, floor.other)} <= set(names)
        assert one.contenders[0].beside is None


def test_a_wrong_output_shows_no_number(monkeypatch, capsys):
    from benches import __main__ as command  # noqa: PLC0415 - it reads arguments

    start = partial(Fake, [])
    one = benchmark("samebatch", "peer")
    monkeypatch.setattr(works, "named", lambda _, **__: one)
    wrong = Left("wrong", "the peer turned the image the wrong way")
    monkeypatch.setattr(command, "_start", lambda _, who, __, **___: start(who.name, left=wrong))
    assert command.main(["flip", "--rounds", "1"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "peer: no number, for its output is wrong. the peer turned the image the wrong way" in said
    assert "images/s" not in said
