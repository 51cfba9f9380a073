# What only the live chat says; the words it shares with the page are in channels.ftl.

chat-messages = Messages
chat-announcements = New messages
chat-aloud = Read new messages aloud
chat-keys = Up and down arrow move between messages, right and left arrow to the reactions and the menu of a message.
chat-write = Your message
chat-write-hint = Enter sends, Shift and Enter begin a new line.
chat-characters-left = { $count ->
    [one] 1 character left
   *[other] { $count } characters left
}
chat-sending = being sent …
chat-not-sent-yet = not sent yet
chat-refused = Not sent. { $reason }
chat-refused-edit = Change it
chat-loading = Loading …
chat-here = { $count ->
    [one] 1 person is here
   *[other] { $count } people are here
}
chat-older-failed = The older messages could not be loaded. Try again.
chat-new-messages = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}
chat-reaction = { $emoji } { $count }
chat-react-with = React with { $emoji }
chat-copy-link = Copy the link
chat-copied = The link is copied.
chat-cancel = Leave it
chat-undo = Undo
chat-removing = This message is being removed.
chat-newer = Newer messages
chat-thread = Thread
chat-thread-root = What the thread is about
chat-thread-close = Close the thread
chat-thread-failed = The thread could not be loaded. Try again.
chat-announcements-thread = New answers in the thread
chat-aloud-all = all
chat-aloud-mentions = those that call me
chat-aloud-off = none
chat-emoji = Put in an emoji
chat-emoji-put = Put in { $emoji }
chat-emoji-search = Search emoji
chat-emoji-none = There is no such emoji here.
chat-offers = Suggestions
chat-commands = /me says what you do, /shrug ends with a shrug. Begin with // to send a line that begins with a slash.
chat-no-command = There is no command /{ $word }, so nothing was sent. /help lists what there is; begin with // to send it as words.
chat-images = Pictures of your message
chat-images-add = Add pictures
chat-images-most = A message has at most 4 pictures.
chat-images-wait = Your pictures are not all there yet. Wait a moment, or remove what could not be sent.
chat-images-ready = { $ready } of { $count } pictures ready
chat-image-alt = What picture { $count } shows, for those who do not see it
chat-image-sending = Being sent
chat-image-remove = Remove picture { $count }
chat-image-again = Try again
chat-image-heavy = This picture has more than 8 MB. Make it smaller, or save it as JPEG.
chat-image-other = This cannot be shown here. Send a PNG, a JPEG, a WebP or a GIF with at most 40 million pixels.
chat-image-new = In your first hour you cannot post pictures here. Send it later.
chat-image-often = You sent many pictures in a short time. Wait a while.
chat-image-failed = It did not arrive.
chat-image-closed = You cannot post pictures here now.
chat-person = Who { $name } is
chat-writing-one = { $name } is writing …
chat-writing-two = { $name } and { $other } are writing …
chat-writing-several = Several people are writing …
chat-names-failed = The names could not be loaded.
chat-nobody-named = Nobody who is here wants to be named.
chat-open-to-talk = open to talk
chat-all-here = Everybody who wants to be named
chat-about-names = Be named yourself, or invisible
