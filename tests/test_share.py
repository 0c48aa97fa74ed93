import pytest

from physforge.errors import PhysForgeError
from physforge.share import shared_folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hub_config", "jupyterhub_config.py"),
        ("dask_config", "dask_gateway_config.py"),
        ("catalogs", "physforge.yaml"),
        ("notebooks", "01_quickstart.ipynb"),
    ],
)
def test_what_travels_beside_the_code_is_found(name, content):
    assert (shared_folder(name) / content).is_file()


def test_a_missing_folder_says_to_install_again():
    with pytest.raises(PhysForgeError, match="install it again"):
        shared_folder("nonsense")
