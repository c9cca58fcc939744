"""What the web clients hold of the backend as data is what the backend says."""

from clients.web.contract import LIFECYCLES_JSON, lifecycles


def test_the_lifecycles_of_the_clients_are_current():
    assert LIFECYCLES_JSON.read_text() == lifecycles(), "run `npm run contract` in clients/web"
