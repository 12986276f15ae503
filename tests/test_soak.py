"""Memory over thousands of batches: flat, bounded, and what is kept does not change.

``SAMEBATCH_SOAK=10000`` or more makes it as many batches as that.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from soak import BROKEN_OFF, IN_FLIGHT, KEPT, WARM

HERE = Path(__file__).parent
COUNT = int(os.environ.get("SAMEBATCH_SOAK") or 6000)
BUFFER = 4 << 20
LIMIT = 6 * BUFFER

pytestmark = [
    pytest.mark.timeout(max(300, COUNT // 10)),
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc/self/statm tells resident memory here"),
]


def soaked(scene):
    done = subprocess.run(
        [sys.executable, str(HERE / "soak.py"), scene, str(COUNT)],
        env=os.environ | {"SAMEBATCH_POOL_BYTES": str(LIMIT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("scene", "kept", "in_flight"), [("an_epoch", 0, 2 + 2), ("a_user", KEPT, IN_FLIGHT)])
def test_memory_stays_flat_and_bounded_and_kept_batches_stay_as_they_are(scene, kept, in_flight):
    seen = soaked(scene)
    resident = seen["resident"]
    assert len(resident) >= COUNT
    assert max(resident[WARM:]) <= 1.05 * max(resident[:WARM])
    assert seen["limit"] == LIMIT
    assert max(seen["free"]) <= LIMIT
    assert max(seen["in_use"][WARM:]) <= kept + in_flight + BROKEN_OFF
    assert seen["changed"] == 0
    assert seen["left"] == 0
