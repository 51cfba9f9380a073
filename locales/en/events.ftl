events-summary = { $title }, { $days }: a virtual summit. Read the programme, watch, and talk.
events-from = from { $time }
events-register = Register
events-enter = Walk in
events-registered = You are registered
events-schedule = See the schedule
events-watch = Watch the recordings
events-speakers = { $count ->
    [one] 1 speaker
   *[other] { $count } speakers
}
events-doors-open = { $count ->
    [one] One door is open
   *[other] { $count } doors are open
}
events-doors-closed = The stages
events-on-air = Live now
events-on-air-between = The picture is on; the next session begins soon.
events-now = On now
events-until = until
events-in = { $count } in
events-closed = Closed for the moment
events-quiet = Nothing more today
events-then = Next
events-next = Coming up
events-whole-schedule = The whole schedule
events-about = About
events-highlights = Not to miss
events-chat = The chat never closes
events-chat-lead = Before, between and after the sessions: say hello, ask, or just read along.
events-chat-open = Open the chat
events-replay = Missed something?
events-replay-lead = { $count ->
    [one] One recording is ready to watch.
   *[other] { $count } recordings are ready to watch.
}
events-replay-open = See the recordings
events-conduct = Code of conduct
events-records = Sessions are recorded and can be watched here right after they end. The chat is not part of a recording.
events-records-not = Sessions are not recorded.
events-empty = The programme is still being made
events-empty-advice = Come back soon: sessions appear here as they are placed.
events-more-doors = { $count ->
    [one] and one more room: see the schedule
   *[other] and { $count } more rooms: see the schedule
}
