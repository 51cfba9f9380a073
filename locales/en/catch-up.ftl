catch-up-title = Catch me up
catch-up-since = Since you last read here:
catch-up-visitor = Sign in to have your place kept
catch-up-quiet = You have seen everything
catch-up-quiet-advice = Nothing new was said in the channels you have opened, and the programme is as it was.
catch-up-said = In the chat
catch-up-calls = calls you
catch-up-liked = { $count ->
    [one] 1 reaction
   *[other] { $count } reactions
}
catch-up-more = More channels have news; they come here once these are read.
catch-up-read = Mark all of this as read
catch-up-changed = Changed in the programme
catch-up-recorded = New recordings
