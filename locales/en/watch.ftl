watch-title = Recordings
watch-found = { $count ->
    [0] No recording matches.
    [one] One recording matches.
   *[other] { $count } recordings match.
}
watch-empty = No recordings yet
watch-empty-advice = A session can be watched here a few seconds after it ends.
watch-all = All recordings
