"""薄客户端对着正在运行的服务：python notebooks/demo.py python -m pytest notebooks"""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import polars as pl
import pytest
from guikou import Guikou, Problem


@pytest.fixture(scope="module")
def city() -> Guikou:
    return Guikou()


@pytest.fixture(scope="module")
def span(city: Guikou) -> dict[str, str]:
    """Whole days that are over: nothing comes in while the tests count."""
    days = city.get("/v1/volumes", by="day")["rows"]
    return {"from_": days[-9]["code"], "to": days[-3]["code"]}


def test_a_wrong_parameter_is_refused_in_the_services_own_words(city: Guikou) -> None:
    with pytest.raises(Problem) as refused:
        city.get("/v1/volumes", by="district,mood")
    problem = refused.value
    assert problem.status == 422
    assert [error["pointer"] for error in problem.errors] == ["?by"]
    assert "category" in problem.errors[0]["detail"]
    assert problem.title in str(problem) and problem.errors[0]["detail"] in str(problem)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in problem.detail)


def test_what_is_not_there_is_a_problem_too(city: Guikou) -> None:
    with pytest.raises(Problem) as refused:
        city.get("/v1/complaints/c_none")
    assert refused.value.status == 404


@pytest.mark.parametrize("size", [7, 50])
def test_paging_gives_every_case_exactly_once(city: Guikou, span: dict[str, str], size: int) -> None:
    first = city.get("/v1/complaints", page_size=size, **span)
    found = [item["id"] for item in city.items("/v1/complaints", page_size=size, **span)]
    assert len(found) == first["total"] > size
    assert len(set(found)) == len(found)
    assert set(found) == set(city.table("/v1/complaints", **span)["id"])


def test_a_tables_numbers_are_those_of_the_answer(city: Guikou, span: dict[str, str]) -> None:
    told = city.get("/v1/volumes", by="category", **span)
    table = city.table("/v1/volumes", by="category", **span).drop_nulls("code")
    assert table["code"].to_list() == [row["code"] for row in told["rows"]]
    assert table["cases"].to_list() == [row["cases"] for row in told["rows"]]
    assert table["people"].to_list() == [row["people"] for row in told["rows"]]
    assert table["share"].to_list() == [row["share"] for row in told["rows"]]
    assert table["cases"].sum() == told["total"]


def test_rates_come_with_the_answers_intervals(city: Guikou, span: dict[str, str]) -> None:
    told = {row["code"]: row["on_time"] for row in city.get("/v1/departments", **span)["rows"]}
    table = city.table("/v1/departments", **span).filter(pl.col("code").is_in(list(told)))
    assert table.height == len(told)
    for row in table.iter_rows(named=True):
        rate = told[row["code"]]
        assert [row["on_time_hits"], row["on_time_of"]] == [rate["hits"], rate["of"]]
        assert [row["on_time_low"], row["on_time_high"]] == [rate["low"], rate["high"]]


def test_a_figure_leads_to_exactly_its_cases(city: Guikou, span: dict[str, str]) -> None:
    for row in city.get("/v1/volumes", by="domain", **span)["rows"]:
        assert city.cases(row["link"]).height == row["cases"], row["name"]


def test_several_values_are_written_with_a_comma(city: Guikou, span: dict[str, str]) -> None:
    asked = city.table("/v1/volumes", by=["domain", "district"], **span)
    assert asked.equals(city.table("/v1/volumes", by="domain,district", **span))


def test_every_answer_that_is_a_table_is_served_as_one(city: Guikou) -> None:
    some = {"{code}": city.get("/v1/departments")["rows"][0]["code"]}
    paths = [
        path
        for path, methods in city.get("/openapi.json")["paths"].items()
        for asked in methods.get("get", {}).get("parameters", [])
        if asked["name"] == "format" and "parquet" in str(asked["schema"]) and "{id}" not in path
    ]
    assert len(paths) > 10
    for path in paths:
        for hole, value in some.items():
            path = path.replace(hole, value)
        assert city.table(path).width > 0, path


def test_something_else_in_between_is_told_apart() -> None:
    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(502, "Bad Gateway")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        with pytest.raises(Problem, match="不是归口服务的答复") as refused:
            Guikou(f"http://127.0.0.1:{gateway.server_port}").get("/v1/info")
        gateway.shutdown()
    assert refused.value.status == 502
