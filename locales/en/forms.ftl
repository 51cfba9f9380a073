forms-optional = optional
forms-summary = { $count ->
    [one] One thing does not fit yet
   *[other] { $count } things do not fit yet
}
forms-missing = Please fill this in.
forms-unticked = Please tick this to go on.
forms-too-long = Please shorten this to { $count } characters.
forms-unprintable = Please leave out characters that cannot be seen.
forms-not-an-email = This is not a complete e-mail address. It looks like name@example.org.
forms-not-a-zone = This is not a time zone we know. Try one like Europe/Brussels, or UTC.
forms-not-a-day = Please give a date as year-month-day, for example 2026-02-06.
forms-last-before-first = The last day lies before the first one.
forms-too-many-days = An event lasts at most { $count } days.
forms-slug-taken = This address is in use. { $free } is free.
forms-slug-reserved = This word is one of our own addresses. Please choose another.
forms-not-a-slug = Please use only small letters a to z, digits and hyphens.
forms-no-file = Please choose a file, or give an address below.
forms-nothing-chosen = Please choose at least one.
forms-not-offered = Please choose one of those offered.
forms-not-a-url = This is not a web address. It begins with https://
forms-nobody-so = Nobody here whom you can see is called so.
forms-several-so = Several people here are called so. Please give the address of the right one’s page.
forms-too-many-people = A conversation has 2 to { $count } people, you among them.
forms-not-languages = Please give up to eight codes of two or three letters, for example: en de
forms-not-days = Please give a number of days up to { $count }, or 0 for never.
forms-not-a-count = Please give a number from 1 to { $count }.
forms-unreadable = We could not read this file, and nothing was changed. { $why }
forms-not-a-command = These commands there are: /me says what you do, /shrug ends with a shrug. Begin with // to send a line that begins with a slash.
forms-ban-too-long = A moderator bans for 24 hours at the most. Please choose a shorter time, or leave it to an organiser.
forms-too-many-words = A words list has at most 500 lines of a few words each.
forms-not-a-pause = Please give a number of seconds, up to 21,600.
forms-too-soon = { $count ->
    [one] A little pause is asked of messages here. Please send it again in 1 second.
   *[other] A little pause is asked of messages here. Please send it again in { $count } seconds.
}
forms-links-off = In your first hour you cannot post links here. Please leave the link out, or send it later.
forms-images-off = In your first hour you cannot post pictures here. Please leave the picture out, or send it later.
forms-image-heavy = A picture has at most 8 MB. Please make it smaller, or save it as JPEG, and choose your pictures again.
forms-image-large = A picture has at most 40 million pixels, and 16,384 on a side. Please make it smaller, and choose your pictures again.
forms-image-other = Pictures are PNG, JPEG, WebP or GIF files. Please choose your pictures again.
forms-image-damaged = A picture is damaged. Please save it anew, or take a screenshot of it, and choose your pictures again.
forms-image-many = A message has at most 4 pictures. Please choose again.
forms-image-alt = A description has at most 500 characters. Please shorten it, and choose your pictures again.
forms-image-gone = A picture is not there any more. Please choose your pictures again.
forms-word-unwanted = This has a word that is not wanted here. Please say it differently.
forms-no-such-receipt = No report at this event has this receipt. It has 32 letters and digits.
forms-not-hours = Give two different times of day, as 22:00 and 07:00, or leave both empty.
