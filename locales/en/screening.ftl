screening-title = What is asked of messages
screening-lead = Moderators are asked for nothing. Everybody else is told what is asked, and until when.
screening-newcomers = Newcomers
screening-newcomers-hint = Who registered less than an hour ago pauses 5 seconds between two messages. Accounts that an operator made are not new.
screening-hold-first = A newcomer’s first message waits for a moderator
screening-newcomers-link = Newcomers may post links and pictures
screening-words = Unwanted words
screening-words-hint = One entry per line, of one or a few words. They are found as whole words, whatever their case and accents.
screening-then = A message with one of them
screening-then-hold = waits for a moderator
screening-then-refuse = is refused, and its author is told
screening-slow = Slow mode
screening-slow-lead = A pause between two messages of one person in a channel.
screening-channel = Channel
screening-seconds = Seconds
screening-seconds-hint = Up to 6 hours. Nothing or 0 turns it off.
screening-pause = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
