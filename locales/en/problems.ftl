problems-home = To the front page
problems-to-event = To { $title }
problems-request = If you ask for help, mention this number: { $id }
problems-retry-seconds = { $count ->
    [one] Please try again in a second.
   *[other] Please try again in { $count } seconds.
}
problems-retry-minutes = { $count ->
    [one] Please try again in a minute.
   *[other] Please try again in { $count } minutes.
}
problems-not-found = There is no door here
problems-not-found-advice = The address may be mistyped, or what was here has moved. If it needs signing in, sign in first.
problems-sign-in-needed = Please sign in first
problems-sign-in-needed-advice = This page belongs to people who are signed in.
problems-forbidden = This door stays closed
problems-forbidden-advice = Your roles don’t open it. If they should, ask one of the organisers.
problems-invalid = Something does not fit
problems-invalid-advice = Please go back, look at what you entered, and send it again.
problems-conflict = This has changed in the meantime
problems-conflict-advice = Somebody was quicker. Go back, reload the page, and look again.
problems-too-large = This is too large
problems-too-large-advice = Please send something smaller. Schedule files may have up to 50 MB.
problems-too-many = A little too fast
problems-too-many-advice = This was tried many times in a short while. Nothing is lost; wait a moment.
problems-link-spent = This link no longer works
problems-link-spent-advice = It was used, or its 15 minutes are over. Ask for a new one.
problems-wrong-origin = This came from another site
problems-wrong-origin-advice = For your safety it was not done. Open the page here and try again.
problems-unavailable = Not open at the moment
problems-unavailable-advice = This part is busy or being looked after. The rest of the site may well work.
problems-too-far-ahead = Not there yet
problems-too-far-ahead-advice = The requested part of the stream does not exist yet. Reload the page.
problems-internal = Something broke on our side
problems-internal-advice = It is not your fault, and we have written it down. Please try again in a moment.
problems-muted = You are muted here
problems-muted-advice = You can read, and not write. The event’s page “Code of conduct” says why, and how to appeal.
problems-banned = You are banned from this event
problems-banned-advice = The event’s page “Code of conduct” says why, and how to appeal.
problems-until = It holds until
problems-held = Your message waits for a moderator
problems-held-advice = It appears as soon as it is let through.
problems-links-off = Links are off in your first hour
problems-links-off-advice = Leave the link out, or send it later.
problems-images-off = Pictures are off in your first hour
problems-images-off-advice = Leave the picture out, or send it later.
problems-word-unwanted = This has a word that is not wanted here
problems-word-unwanted-advice = Please say it differently.
