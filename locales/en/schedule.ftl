schedule-title = Schedule
schedule-lead = { $count ->
    [one] One session, in your time zone.
   *[other] { $count } sessions, in your time zone.
}
schedule-zone = Times in { $zone }.
schedule-zone-yours = Times are yours, in { $zone }.
schedule-zone-change = Change
schedule-days = Days
schedule-all-days = All days
schedule-views = Views
schedule-by-day = By time
schedule-by-track = By track
schedule-by-list = As a list
schedule-filter = Find and filter
schedule-search = Words
schedule-track = Track
schedule-room = Room
schedule-kind = Kind
schedule-language = Language
schedule-any = Any
schedule-apply = Show
schedule-chosen = Chosen filters
schedule-remove = (take this filter off)
schedule-clear = Clear all
schedule-found = { $count ->
    [0] No session matches.
    [one] One session matches.
   *[other] { $count } sessions match.
}
schedule-now-next = Now and next
schedule-now = Now
schedule-next = Next
schedule-more = and { $count } more
schedule-grid = Sessions of the day by room and time
schedule-unplaced = Time or room to come
schedule-no-track = Without a track
schedule-nothing = Nothing matches
schedule-nothing-advice = Try fewer words or another day.
schedule-empty = The programme is still being made
schedule-empty-advice = Sessions appear here as soon as the organisers publish them.
schedule-take = Take it with you:
