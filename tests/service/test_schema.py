"""The service against its own OpenAPI document, by schemathesis; `make fuzz-api` tries more."""

import os

import hypothesis
import pytest
import schemathesis
from service.serving import somebody

from physforge.service.policy import RULES, TABLE
from physforge.service.settings import PREFIX

#: Examples for each operation.
EXAMPLES = int(os.environ.get("PHYSFORGE_FUZZ_EXAMPLES", "4"))

#: What makes these acceptable no schema says: which signs of Unicode a name may have, whether a format has a
#: reader, that an Idempotency-Key comes with the same body again, that a code is one that was given out, and which
#: kinds of jobs there are.
BEYOND_SCHEMA = {
    ("POST", "/device/logins"),
    ("POST", "/device/keys"),
    ("POST", "/me/keys"),
    ("POST", "/projects"),
    ("POST", "/uploads"),
    ("POST", "/jobs"),
    ("POST", "/jobs/claim"),
    ("POST", "/datasets/{dataset_id}/restore"),
}


@pytest.fixture(scope="module")
def everything(hub) -> str:
    """A token that may call everything."""
    return hub.add(somebody("fuzz"), admin=True, groups=("auditors",))


@pytest.fixture(scope="module")
def document(api, everything):
    loaded = schemathesis.openapi.from_url(
        f"{api.url}{PREFIX}/openapi.json", headers={"Authorization": f"Bearer {everything}"}
    )
    loaded.config.update(base_url=api.url)
    return loaded


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: f"{rule.method} {rule.path}")
def test_every_operation_keeps_its_word(document, everything, rule):
    operation = document[PREFIX + rule.path][rule.method]

    is_beyond = (rule.method, rule.path) in BEYOND_SCHEMA
    excluded = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")] if is_beyond else []

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        database=None,
    )
    def keeps_its_word(case):
        case.call_and_validate(headers={"Authorization": f"Bearer {everything}"}, excluded_checks=excluded)

    keeps_its_word()


def test_the_document_has_every_route_with_examples(api, ada):
    document = api.call("GET", "/openapi.json", ada).json()
    assert document["openapi"].startswith("3.1")
    operations = {
        (method.upper(), path.removeprefix(PREFIX)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == set(RULES)
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)
    for (method, path), operation in operations.items():
        assert operation["security"] == ([] if RULES[method, path].is_open else [{"bearer": []}])
        assert operation.get("description")
    bodies = [
        name for name, one in document["components"]["schemas"].items() if one.get("additionalProperties") is False
    ]
    assert len(bodies) >= 7
    for name in bodies:
        one = document["components"]["schemas"][name]
        fields = one["properties"].values()
        assert one.get("examples") or any("examples" in field for field in fields) or name == "Restoring", name
