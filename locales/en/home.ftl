home-lead = Talks, people, and the corridor between them.
home-create = Create an event
home-live = Open now
home-upcoming = Coming up
home-past = To watch again
home-stages-live = { $count ->
    [one] 1 stage live
   *[other] { $count } stages live
}
home-recordings = { $count ->
    [one] 1 recording
   *[other] { $count } recordings
}
home-empty = The corridor is still dark
home-empty-create = Create the first event: a title, its days and a time zone are enough.
home-empty-visitor = There is no event here yet. Organisers sign in to create one.
