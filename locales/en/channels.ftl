channels-title = Chat
channels-lead = The chat is open before, between and after the sessions.
channels-none = No channels yet
channels-none-advice = They open together with the programme.
channels-older = Older messages
channels-newest = Back to the newest messages
channels-empty = Nobody has said anything yet. A hello is a good start.
channels-gone = Somebody who has left
channels-kind-bot = bot
channels-kind-webhook = webhook
channels-kind-imported = imported
channels-messages = { $count ->
    [one] 1 message
   *[other] { $count } messages
}
channels-quiet = quiet so far
channels-react = React
channels-say = Write to { $channel }
channels-send = Send
channels-sign-in = Sign in to write
channels-register = Register to write
channels-closed = This channel takes no new messages.
channels-more = More
channels-link = Link to this message
channels-reply = Answer
channels-reply-not = Answer nobody
channels-replying = You answer { $name }:
channels-quoted-gone = Answer to a message that was removed
channels-thread-open = Open the thread
channels-thread-title = Thread in { $channel }
channels-thread-back = Back to { $channel }
channels-last-reply = the last at
channels-also = Show it in the channel too
channels-image = A picture
channels-image-undescribed = A picture by { $name }, without a description
channels-image-without = A picture without a description
channels-images-in = { $count ->
    [one] with 1 picture
   *[other] with { $count } pictures
}
channels-images-add = { $count ->
    [one] Add a picture
   *[other] Add up to { $count } pictures
}
channels-images-hint = PNG, JPEG, WebP or GIF (its first picture), at most 8 MB each. What a file says about place and camera is left out.
channels-image-file = Picture { $count }
channels-image-alt = What it shows, for those who do not see it
channels-edit = Change
channels-edit-label = The new words
channels-edit-save = Save
channels-edited = changed
channels-remove = Remove
channels-remove-sure = The words are gone for good then.
channels-remove-yes = Remove it
channels-removed-author = This message was removed by its author.
channels-removed-moderator = This message was removed by the moderators.
channels-pin = Pin to the top
channels-unpin = Take the pin down
channels-pinned = pinned
channels-edits = What it said before
channels-edits-back = Back to { $channel }
channels-edits-none = It was never changed.
channels-edits-until = until
channels-edits-now = now
channels-edits-by = Written by { $name }
channels-replies = { $count ->
    [one] 1 answer
   *[other] { $count } answers
}
channels-pins = { $count ->
    [one] 1 pinned message
   *[other] { $count } pinned messages
}
channels-moment = { $time } into the talk
channels-talk = What this session is about, and its recording
channels-report = Report
channels-moderate = Act
channels-muted = You are muted here: you can read, and not write.
channels-muted-why = Why, until when, and how to appeal
channels-held = Waits for a moderator. Nobody else sees it yet.
channels-held-refused = A moderator did not let this through.
channels-waiting = Your first line is there. You can go on once somebody has said yes.
channels-blocked = A message from somebody you blocked
channels-go-to-day = Go to a day
channels-go = Go
channels-newer = Newer messages
channels-new = New
channels-first-unread = { $count ->
    [one] To 1 unread message
   *[other] To the first of { $count } unread messages
}
channels-unread = { $count ->
    [one] 1 new
   *[other] { $count } new
}
channels-mentions = { $count ->
    [one] calls you
   *[other] calls you { $count } times
}
channels-follow = Tell me of
channels-follow-all = every message
channels-follow-mentions = what calls me
channels-follow-nothing = nothing (mute)
channels-follow-save = Keep
channels-alone = Open the chat by itself
channels-with-site = Back to the whole page
channels-mark-unread = Mark as unread from here
channels-options = Options
