"""The admin API, judged by its own description: whatever Schemathesis makes of the OpenAPI document must be answered as
the document says. The document and the metrics are read by the parsers that others read them with."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families

from conftest import ADMIN_TOKEN

# Enough to reach every rule of every field; more, and another seed, for a long evening.
EXAMPLES = os.environ.get("HEALTHBOT_API_EXAMPLES", "30")
SEED = os.environ.get("HEALTHBOT_API_SEED", "1")


def get(bot, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{bot}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_the_document_is_openapi(bot):
    document = json.loads(get(bot, "/api/openapi.json"))
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_api_does_what_its_document_says(bot, tmp_path):
    base = f"http://127.0.0.1:{bot}"
    config = Path(__file__).with_name("schemathesis.toml")
    schemathesis = Path(sys.executable).with_name("schemathesis")
    run = subprocess.run(
        [
            schemathesis, "--config-file", config, "run", f"{base}/api/openapi.json", "--url", f"{base}/api/v1",
            "--header", f"Authorization: Bearer {ADMIN_TOKEN}", "--max-examples", EXAMPLES, "--seed", SEED,
            "--generation-database", "none", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=600,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    print(run.stdout[run.stdout.index("Test cases:"):])


def test_the_metrics_are_prometheus_text(bot):
    families = {family.name: family.type for family in text_string_to_metric_families(get(bot, "/metrics"))}
    assert families["healthbot_probes"] == "counter"
    assert families["healthbot_probe_duration_seconds"] == "histogram"
    assert families["process_cpu_seconds"] == "counter"


def test_the_bot_is_ready(bot):
    assert json.loads(get(bot, "/readyz"))["ready"] is True
