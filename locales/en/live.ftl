# The live connection, as islands tell about it.

live-lost = The connection is lost. It comes back by itself; what you write is sent then.
live-back = The connection is back.
