# Going live from the browser.

studio-title = Studio: { $stage }
studio-lead = Send to the stage from this browser, with camera, microphone or screen. Nothing is sent before you press “Go live”.
studio-needs = Sending from this page needs JavaScript and a camera, a microphone or a screen to share. With streaming software it works without: the desk has its address.
studio-desk-link = To the desk
studio-open = Send from this browser
studio-heading = Your picture and sound
studio-check = Check camera and microphone
studio-go-live = Go live
studio-again = Try again
studio-cancel = Cancel
studio-stop = Stop sending
studio-mute = Mute microphone
studio-hide = Hide picture
studio-live-mark = Live
studio-preview = What you send, without its sound
studio-hidden = Your picture is hidden.
studio-no-picture = There is no picture.
studio-as-audience = See it as the audience does (new tab; use headphones)

# How it stands.

studio-idle = Nothing is being sent.
studio-asking = Your browser asks whether this page may use camera and microphone. Allow both.
studio-ready = Nothing is being sent yet. Look at your picture, say something, then go live.
studio-connecting = Connecting to the stage …
studio-live = You are live: the stage shows your picture, and your sound is heard.
studio-reconnecting = The connection broke. It is tried again by itself; once back within 30 seconds, the broadcast goes on.
studio-failed = Nothing is being sent.
studio-taken = Somebody is sending to this stage already. If you are to take over, press “Let another program take over” at the desk, then try again here within a minute.
studio-no-h264 = This browser cannot send H.264, which the stage needs. Use a current Chrome, Edge, Firefox or Safari, or streaming software: the desk has its address.
studio-unreachable = The server could not be reached. Check your line, then try again.
studio-lost = The connection broke and did not come back within 30 seconds: the broadcast is over. Check your line, then try again.

# Camera, microphone and screen.

studio-camera = Camera
studio-camera-n = Camera { $number }
studio-camera-none = No camera
studio-microphone = Microphone
studio-microphone-n = Microphone { $number }
studio-microphone-none = No microphone
studio-source = What is shown
studio-source-camera = Camera
studio-source-screen = Screen
studio-level = Level of the microphone
studio-no-microphone = No microphone is chosen: nothing will be heard.
studio-muted = The microphone is muted.
studio-silent = No sound from the microphone. Is it the right one, and switched on?
studio-dark = Nothing is shown: the stage stays black. Choose a camera or share your screen.
studio-screen-ended = Sharing the screen has ended.
studio-camera-ended = The camera is gone. Plug it in again, or choose another.
studio-microphone-ended = The microphone is gone. Plug it in again, or choose another.
studio-denied = Your browser does not let this page use camera or microphone. Allow it by the sign beside the address, and in the system’s settings; then try again.
studio-missing = No such camera or microphone was found. Plug one in, or choose another.
studio-busy = The camera or microphone is in use by another program. Close that program, then try again.
studio-unable = This browser gives no camera or microphone to this page. Use a current browser and an address that begins with https, or streaming software: the desk has its address.
