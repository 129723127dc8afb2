"""What a backend lacks is one fault with its remedy: on the card, at the door, and on the command line."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from deocc.backends.readiness import Readiness, users_of, weights_of_all_options
from deocc.errors import InputFault
from deocc.weights.folder import WeightsFolder
from tests.puppet.card import CARD, PuppetOptions

pytestmark = pytest.mark.usefixtures("puppet_rows")


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    return WeightsFolder(tmp_path / "weights")


def fault(ready: Readiness, card=CARD, **options) -> tuple[str, str]:
    with pytest.raises(InputFault) as caught:
        ready.check(card, PuppetOptions(**options))
    assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")
    return caught.value.code, caught.value.action


def test_a_backend_that_needs_nothing_is_ready(folder: WeightsFolder):
    reply = Readiness(folder).reply(CARD)
    assert reply.ready and reply.blocked is None and reply.weights == []


def test_each_lack_has_its_code_and_remedy(folder: WeightsFolder):
    ready = Readiness(folder)
    assert fault(ready, needs="puppet-net") == ("weights_missing", "weights_fetch")
    assert fault(ready, needs="puppet-student") == ("weights_unpublished", "weights_import")
    poor = dataclasses.replace(CARD, packages=("json", "no_such_library"))
    assert fault(ready, poor) == ("packages_missing", "install_packages")
    strict = Readiness(folder, commercial_only=True)
    assert fault(strict, needs="puppet-pair") == ("weights_noncommercial", "choose_backend")


def test_a_missing_base_is_named_with_its_size(folder: WeightsFolder):
    with pytest.raises(InputFault) as caught:
        Readiness(folder).check(CARD, PuppetOptions(needs="puppet-pair"))
    assert "Puppet's pair, Puppet's net (about 1.7 MB; licences: not for sale; free)" in caught.value.message
    assert "deocc weights fetch puppet-pair puppet-net" in caught.value.hint


def test_the_card_tells_what_its_defaults_need(folder: WeightsFolder):
    needy = dataclasses.replace(CARD, weights_for=lambda options: ("puppet-pair",))
    reply = Readiness(folder).reply(needy)
    assert reply.weights == ["puppet-pair", "puppet-net"] and not reply.ready
    assert reply.blocked and reply.blocked.code == "weights_missing"


def test_every_choice_of_every_option_counts_for_who_uses_what(folder: WeightsFolder):
    assert {"puppet-net"} <= {name for names in weights_of_all_options(CARD) for name in names}
    assert users_of(folder)["puppet-net"] == ["puppet"]
    assert "3drecon" in users_of(folder)["instant-nerf-base"]


def test_the_switch_hides_a_backend_only_where_no_option_helps(folder: WeightsFolder):
    strict = Readiness(folder, commercial_only=True)
    assert not strict.hides(CARD)
    assert strict.hides(dataclasses.replace(CARD, weights_for=lambda options: ("puppet-pair",)))
    assert not Readiness(folder).hides(
        dataclasses.replace(CARD, weights_for=lambda options: ("puppet-pair",))
    )


def test_missing_libraries_are_named_with_the_command_that_installs_them(folder: WeightsFolder):
    needy = dataclasses.replace(CARD, packages=("numpy", "no-such-library", "nor-this"))
    with pytest.raises(InputFault) as fault:
        Readiness(folder).check(needy, PuppetOptions())
    assert (fault.value.code, fault.value.action) == ("packages_missing", "install_packages")
    assert "pip install no-such-library nor-this." in fault.value.hint


def test_looking_for_a_library_does_not_import_it(folder: WeightsFolder):
    """torch alone takes seconds to import, and the server shall answer within one."""
    code = (
        "import sys; from deocc import backends; from deocc.backends.readiness import Readiness;"
        "from deocc.weights.folder import WeightsFolder; from pathlib import Path;"
        "Readiness(WeightsFolder(Path('none'))).reply(backends.card('deocc123'));"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
