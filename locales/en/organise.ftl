organise-title = Organise
organise-overview = Overview
organise-import = Import a programme
organise-settings = Settings
organise-needs = Needs a hand
organise-needs-none = Nothing. All is well.
organise-need-programme = There is no programme yet.
organise-need-key = { $stage } has no stream key yet, so nobody can send to it.
organise-need-registration = Registration is closed: nobody new can come in.
organise-open-desk = Open its desk
organise-glance = At a glance
organise-registrations = Registered
organise-sessions = Sessions
organise-speakers = Speakers
organise-rooms = Rooms
organise-tracks = Tracks
organise-recordings = Recordings
organise-unplaced = { $count ->
    [one] 1 without time or room
   *[other] { $count } without time or room
}
organise-stages = Stages
organise-stages-none = Stages appear with the rooms of the programme.
organise-new = A new event
organise-new-lead = Three answers are enough. Everything can be changed later.
organise-new-submit = Create the event
organise-field-title = Title
organise-field-title-hint = As it should stand on the door.
organise-field-first = First day
organise-field-last = Last day
organise-field-zone = Time zone
organise-field-zone-hint = Where the programme is made. Readers see their own time.
organise-field-slug = Address
organise-field-slug-hint = The last part of the event’s web address. We make one from the title if you leave it empty.
organise-import-lead = We read frab, pentabarf and c3voc schedules as XML or JSON. Importing again updates what changed and doubles nothing.
organise-import-submit = Import
organise-field-file = Schedule file
organise-field-file-hint = XML or JSON, up to 50 MB.
organise-field-url = Or its web address
organise-field-url-hint = We fetch it once, now.
organise-field-file-zone = Time zone of the file
organise-field-file-zone-hint = Only where the file itself does not say.
organise-report = What the import did
organise-report-new = New
organise-report-changed = Changed
organise-report-unchanged = Unchanged
organise-report-removed = Removed
organise-report-clean = Everything was clear.
organise-report-warnings = Worth a look
organise-report-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
organise-set-open = Who may come in
organise-set-registration = Registration is open
organise-set-guests-watch = Guests may watch without registering
organise-set-guests-read = Guests may read the chat
organise-set-rehearsing = Rehearsal
organise-set-rehearsal = This event is a rehearsal
organise-set-rehearsal-hint = The operator may fill it with invented guests (hallway rehearse). Take the tick away before real people come.
organise-set-recording = Recording
organise-set-records = Record the sessions
organise-set-records-hint = Viewers are told. A session whose speakers said no is never recorded.
