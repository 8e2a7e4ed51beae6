# Was Hansei über sich selbst sagt.

audit-incident-title = Selbstprüfung von Hansei: Vielleicht wurde jemand nicht benachrichtigt
audit-incident-severity = In zwei Durchgängen der Selbstprüfung gefunden: Was zu Menschen unterwegs sein sollte, ist es nicht.
