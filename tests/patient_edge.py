"""`menwei …` that gives the last receipts as long as a busy machine needs."""

from edge import agent
from infra.cli import main
from tests.fix_broker import PATIENCE

agent._DRAIN = PATIENCE

if __name__ == "__main__":
    main()
