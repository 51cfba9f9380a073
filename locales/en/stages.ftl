stages-at = A stage of { $title }: watch and talk along.
stages-on-air = The stage is live.
stages-dark = The stage is dark at the moment.
stages-playlist = Open the stream in a video player
stages-player-needs = Playing here needs JavaScript. The same stream plays in VLC, mpv or Safari.
stages-register-first = This stage is open to everyone who is registered.
stages-nothing = Nothing is planned here right now.
stages-next = Next
stages-left = { $count ->
    [one] 1 minute left
   *[other] { $count } minutes left
}
stages-viewers = { $count ->
    [one] 1 person is watching
   *[other] { $count } people are watching
}
stages-recording = Being recorded
stages-recording-why = This session is being recorded: picture, sound and slides, never the chat or who is watching.
stages-panel = Beside the stage
stages-chat = Chat
stages-about = About
stages-later = Later on this stage
stages-other = The other doors
