rehearsal-title = Rehearsal
rehearsal-lead = How will it feel with hundreds in the lobby? Let invented guests come: they read pages, talk and react in the event’s channel, leave and come back. When they have gone, you see how long they had to wait.
rehearsal-unmarked = This event is not marked as a rehearsal
rehearsal-unmarked-advice = Guests write invented words, so they only come where nothing is real. Tick “{ $tick }” in the settings first, and take it away again before real people come.
rehearsal-to-settings = To the settings
rehearsal-busy = Another event on this server is rehearsing
rehearsal-busy-advice = A server plays one rehearsal at a time. This one can begin when the other has ended, in half an hour at the latest.
rehearsal-refused = A rehearsal is under way already, so no other was started.
rehearsal-field-people = Guests
rehearsal-field-people-hint = From 1 to { $count }. They come little by little.
rehearsal-field-minutes = Minutes
rehearsal-field-minutes-hint = From 1 to { $count }. It ends by itself.
rehearsal-start = Start the rehearsal
rehearsal-stop = Stop
rehearsal-look-again = Look again
rehearsal-now = A rehearsal is under way
# $people: guests in words, $length: minutes in words
rehearsal-asked = { $people }, { $length }
rehearsal-guests = { $count ->
    [one] 1 guest
   *[other] { $count } guests
}
rehearsal-preparing = The guests get their accounts: { $ready } of { $people }
rehearsal-playing = { $elapsed } of { $total } minutes
rehearsal-ending = The guests are leaving …
rehearsal-last = The last rehearsal
rehearsal-clean = All went well: nothing was lost, and nothing went wrong.
rehearsal-unclean = Not all went well. Look at what was lost or went wrong.
rehearsal-stopped = Stopped before its end
rehearsal-failed = It could not be played.
rehearsal-here = Here now
rehearsal-comings = Came
rehearsal-goings = Left
rehearsal-messages = Messages
rehearsal-reactions = Reactions
rehearsal-gaps = Lost
rehearsal-errors = Errors
rehearsal-unconfirmed = { $count ->
    [one] 1 without a confirmation
   *[other] { $count } without a confirmation
}
rehearsal-slowest-page = Slowest page
rehearsal-slowest-join = Slowest join
rehearsal-slowest-delivery = Slowest message
rehearsal-pages = Pages
rehearsal-joins = Joining
rehearsal-deliveries = Messages heard
rehearsal-of-these-returns = { $joins }, of these { $returns } returns
rehearsal-median = Half within
rehearsal-99 = 99 of 100 within
rehearsal-slowest = Slowest
rehearsal-ms = { $ms } ms
rehearsal-method = Joining is the time from asking for the newest messages until the live connection stands; a message’s time is from sending it until each guest who is there hears it. Lost is what came twice, out of order or not at all. The guests run on the server’s own machine and share its power, so with real people it is faster.
rehearsal-kept = This report is kept until the next rehearsal of this event, and lost when the server is restarted.
