"""The peers, each used the way its users use it; a module for each, which imports its peer only when it is made.

``make(images, draws, layout, batch)`` returns a function that returns the next batch. ``images`` are uint8 or float32
levels from 0 to 255, (n, height, width, 3); what a peer's users would convert once and keep is converted in ``make``.
"""

from benches.peers.peer import Peer

__all__ = ["Peer"]
