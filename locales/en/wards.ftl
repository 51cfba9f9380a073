# Looking after one channel: the words it shares with the event's queue are in moderation.ftl.

wards-title = Look after { $channel }
wards-lead = You see reports of what was said here and decide for this channel alone. The event’s team sees the same, knows who reported what, and can go further.
wards-here-alone = What you decide here holds in this channel alone.
wards-calm = Calm this channel for 30 minutes
wards-calm-until = This channel is calmed until
wards-standing = What holds here now
wards-waiting = { $count ->
    [one] One thing waits here
   *[other] { $count } things wait here
}
wards-after = Look after it
wards-queue = What waits here
wards-newcomers = Take back what newcomers said
