"""The fleet: thousands of hubs on one real broker, with the real head-end behind it, through a lock-out and back.

`story` says what happens to whom, `hub` is a hub's last gasp with its outbox, `mqtt5` and `sealed` a client lean
enough for thousands of connections in a process, `worker` a process full of hubs, `run` puts all of it together,
`judge` holds what the book says against what truly was.
"""
