transparency-title = How conduct was looked after
transparency-lead = What was reported and done at this event within the last year.
transparency-reports = Reports
transparency-deeds = What was done
transparency-median = From a report to a decision it took, in the middle:
transparency-fewer = fewer than 5
transparency-method = Counted from the event’s log and its reports. A number below 5 is not told, so that nobody is seen in it.
