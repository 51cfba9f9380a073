desk-title = Desk: { $stage }
desk-stages = Desks
desk-now = Now and next
desk-live = On now
desk-next = Next
desk-planned-end = planned until
desk-nothing-live = Nothing is on. Start a session when its people are ready.
desk-start = Start
desk-start-again = Start again
desk-end = End
desk-ended = ended
desk-show = Run of show
desk-show-empty = No session is planned here today.
desk-as-audience = See it as the audience does
desk-health = What arrives
desk-health-off = Nobody is sending a picture.
desk-health-good = Picture and sound arrive as they should.
desk-health-trouble = Something needs a hand:
desk-picture = Picture
desk-sound = Sound
desk-rate = Rate
desk-keyframes = Keyframes every
desk-encoder = Program
desk-recording = Recording
desk-recording-on = running
desk-recording-off = not running
desk-seconds = { $seconds } s
desk-kbps = { $kbps } kbit/s
desk-audience-latency = Viewers’ delay
desk-audience-stalled = Stood still, last minute
desk-spread = { $half } s for half, at most { $most } s for 95 %
desk-records = This event records its sessions, except where speakers said no.
desk-records-not = This event does not record.
desk-problem-video-codec = The picture comes as { $codec }, which browsers cannot play. Set your program to H.264.
desk-problem-audio-codec = The sound comes as { $codec }, which browsers cannot play. Set your program to AAC.
desk-problem-keyframe-interval = Keyframes are { $seconds } s apart. Set the keyframe interval of your program to 2 s; over 4 s the audience waits and cuts are late.
desk-problem-no-video = No picture has come since your program connected. Is a scene with a source active?
desk-problem-no-audio = No sound has come since your program connected. Is the right microphone chosen, and not muted?
desk-problem-silent = Nothing has come for { $seconds } s. The stage shows the last picture; check the line of the sending computer.
desk-problem-away = The program that sent is gone: check its computer and its line. If it comes back within { $seconds } s, the broadcast goes on.
desk-problem-setup = The program describes its stream wrongly ({ $reason }). Stop it and start it again; if that does not help, use another encoder.
desk-problem-damaged = { $count ->
    [one] One picture came damaged and was left out. Check the line of the sending computer.
   *[other] { $count } pictures came damaged and were left out. Check the line of the sending computer.
}
desk-problem-sample-rate = The sound comes at { $hz } Hz, which some devices have to convert. Set your program to 48 kHz.
desk-problem-b-frames = Pictures wait { $ms } ms for others that are shown before them. Set your program to two B-frames or none; the audience is that much closer.
desk-problem-refused = Another program has just tried to send with this key and was refused. If it is to take over, say so under “How to send”.
desk-problem-recording-gap = { $count ->
    [one] The disk could not keep up: one piece is missing from the recording.
   *[other] The disk could not keep up: { $count } pieces are missing from the recording.
}
desk-keys = How to send
desk-keys-lead = In OBS: Settings, Stream, service “Custom”. Enter these two, then start streaming.
desk-server = Server
desk-key = Stream key
desk-whip = For WHIP, with the key as bearer token
desk-key-once = Copy it now: for safety it is shown only this once.
desk-key-kept = There is one. It was shown when it was made and cannot be shown again.
desk-key-none = There is none yet.
desk-key-make = Make a stream key
desk-takeover = Let another program take over
desk-takeover-hint = The next program or browser that sends within a minute takes the place of the one that sends now. The broadcast goes on.
desk-key-rotate = Make a new key
desk-key-sure = The old key stops at once, and whoever sends with it is cut off.
