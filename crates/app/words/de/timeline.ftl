# Sätze der Zeitleisten und Verläufe. Argumente sind Personen, Zeitpunkte, Schweregrade und Ähnliches, nie Auszeichnung.

who-system = Hansei
who-console = Die Konsole
who-integration = Eine Anbindung
door-token = über die API
door-link = über den Link einer Benachrichtigung
door-mail = per Antwort-Mail
door-file = aus der Konfigurationsdatei

line-declared = { $actor } hat den Vorfall als { $severity } ausgerufen
line-declared-held = { $actor } hat den Vorfall als { $severity } ausgerufen und übernommen
line-declared-rule = Die Regel von { $service } hat den Vorfall als { $severity } ausgerufen
line-requested = { $actor } hat { $people } angefordert
line-acknowledged = { $actor } hat den Vorfall übernommen
line-acknowledged-sender = { $actor } hat beim Absender übernommen
line-acknowledged-sender-alert = { $actor } hat { $alert } beim Absender übernommen
line-answered = { $actor } hat ebenfalls geantwortet
line-ack-expired = { $person } hatte übernommen, seither hat sich nichts bewegt: Es wird erneut alarmiert
line-ack-expired-nobody = Der Vorfall war übernommen, seither hat sich nichts bewegt: Es wird erneut alarmiert
line-handed-over = { $actor } hat den Vorfall an { $person } übergeben
line-handed-over-untaken = { $actor } hat den Vorfall { $person } zugewiesen; bis jemand übernimmt, geht die Eskalation weiter
line-taken-over = { $actor } hat den Vorfall von { $from } übernommen
line-taken = { $actor } hat den Vorfall an sich genommen
line-status = { $actor } hat den Stand von { $from } auf { $to } geändert
line-severity-raised = { $actor } hat die Schwere von { $from } auf { $to } erhöht
line-severity-lowered = { $actor } hat die Schwere von { $from } auf { $to } gesenkt
line-severity-alert = Die Schwere hat sich von { $from } auf { $to } geändert
line-alerts-joined = { $count ->
    [one] Ein Alarm ist hinzugekommen
   *[other] { $count } Alarme sind hinzugekommen
}
line-retitled = { $actor } hat den Titel von „{ $from }“ in „{ $to }“ geändert
line-time-set = { $actor } hat „{ $which }“ auf { $to } gesetzt
line-time-changed = { $actor } hat „{ $which }“ von { $from } auf { $to } geändert
line-time-cleared = { $actor } hat „{ $which }“ entfernt, zuvor { $from }
line-time-cleared-unset = { $actor } hat „{ $which }“ entfernt
line-scope-added = { $actor } hat als betroffen eingetragen: { $places }
line-scope-changed = { $actor } hat die Angabe zum Betroffenen berichtigt: { $places }
line-scope-ended = { $actor } hat als nicht mehr betroffen eingetragen: { $places }
line-scope-removed = { $actor } hat die Angabe zum Betroffenen entfernt: { $places }
line-scope-removed-unknown = { $actor } hat eine Angabe zum Betroffenen entfernt
line-commented = { $actor } hat kommentiert
line-pinned = { $actor } hat einen Beleg angeheftet: { $evidence }
line-corrected = { $actor } hat einen Eintrag berichtigt
line-withdrawn = { $actor } hat einen Eintrag zurückgenommen
line-resolved = { $actor } hat den Vorfall behoben
line-resolved-last-alert = Der letzte Alarm ist beendet und damit der Vorfall behoben
line-reopened = { $actor } hat den Vorfall wieder geöffnet
line-reopened-alert = Einer seiner Alarme ist wieder aktiv: Der Vorfall ist wieder offen
line-closed = { $actor } hat den Vorfall abgeschlossen
line-merged-into = { $actor } hat den Vorfall mit { $incident } zusammengeführt
line-absorbed = { $actor } hat { $incident } in diesen Vorfall übernommen
line-recurrence-of = { $actor } hat den Vorfall als Wiederholung von { $incident } verknüpft
line-recurrence-none = { $actor } hat zurückgenommen, dass der Vorfall eine Wiederholung ist
line-recurred-later = Er ist als { $incident } wiedergekehrt
line-recurred-not = { $actor } hat zurückgenommen, dass er als { $incident } wiedergekehrt ist
line-past-impact = { $actor } hat eine frühere Auswirkung berichtigt: statt { $from } nun { $to }
line-deadlines-moved = Die Uhr ging falsch und wurde zurückgestellt: Was bevorsteht, wird neu gezählt

line-escalation = { $steps ->
    [0] Die Eskalation hat begonnen, hat aber keine Stufen
    [one] Die Eskalation hat begonnen: eine Stufe
   *[other] Die Eskalation hat begonnen: { $steps } Stufen
}
line-escalation-again = { $steps ->
    [0] Alarm { $generation } hat begonnen, die Eskalation hat aber keine Stufen
    [one] Die Eskalation hat von vorn begonnen (Alarm { $generation }): eine Stufe
   *[other] Die Eskalation hat von vorn begonnen (Alarm { $generation }): { $steps } Stufen
}
line-step-awaited = Erste Stufe der Eskalation: { $at }
line-escalation-again-by = { $steps ->
    [0] { $actor } hat Alarm { $generation } ausgelöst, die Eskalation hat aber keine Stufen
    [one] { $actor } hat die Eskalation von vorn begonnen (Alarm { $generation }): eine Stufe
   *[other] { $actor } hat die Eskalation von vorn begonnen (Alarm { $generation }): { $steps } Stufen
}
line-step = Stufe { $step } hat { $people } benachrichtigt
line-step-round = Stufe { $step } hat { $people } in Runde { $round } benachrichtigt
line-step-nobody = Stufe { $step } erreicht niemanden; die nächste folgt sofort
line-exhausted = Keine Stufe wurde beantwortet: Die Rückfallebene wurde benachrichtigt, { $people }
line-exhausted-nobody = Keine Stufe erreicht jemanden: Die Rückfallebene wurde benachrichtigt, { $people }
line-exhausted-silent = Keine Stufe wurde beantwortet, und es gibt keine Rückfallebene: Niemand sonst wurde benachrichtigt

line-page-requested = { $person } wird benachrichtigt
line-page-no-channel = { $person } kann nicht benachrichtigt werden: Kein Kontakt ist bekannt
line-page-channel = Noch keine Antwort: { $person } wird auch per { $channel } benachrichtigt
line-page-delivered = Benachrichtigung von { $person } per { $channel } wurde angenommen
line-page-failed = Benachrichtigung von { $person } per { $channel } ist bei Versuch { $attempt } fehlgeschlagen: { $error }
line-page-escalated = { $person } hat vor der nächsten Stufe nicht geantwortet
line-page-ended-acknowledged = Benachrichtigung von { $person } beendet: Jemand hat den Vorfall übernommen
line-page-ended-resolved = Benachrichtigung von { $person } mit dem Vorfall beendet
line-page-ended-superseded = Benachrichtigung von { $person } beendet: Ein neuerer Alarm hat sie abgelöst
line-page-ended-escalated = Benachrichtigung von { $person } beendet: Seither wurden andere gefragt
line-page-ended-merged = Benachrichtigung an { $person } beendet: Der Vorfall geht in einem anderen weiter
line-page-ended-gone = Benachrichtigung an { $person } beendet: nicht mehr bei Hansei
line-page-retry-moved = Die Uhr wurde zurückgestellt: { $person } wird jetzt erneut benachrichtigt ({ $channel })
line-page-channel-moved = Die Uhr wurde zurückgestellt: Der nächste Kanal für { $person } beginnt { $at }

line-alert-opened = Alarm { $alert } ist aktiv (gemeldet von { $actor })
line-alert-reopened = Alarm { $alert } ist wieder aktiv (gemeldet von { $actor })
line-alert-changed = Alarm { $alert } meldet etwas Neues (gemeldet von { $actor })
line-alert-resolved-unseen = { $actor } hat das Ende von Alarm { $alert } vor seinem Beginn gemeldet
line-alert-resolved-sender = Alarm { $alert } ist beendet (gemeldet von { $actor })
line-alert-resolved-expired = Alarm { $alert } ist beendet: Er wurde nicht rechtzeitig wiederholt
line-alert-resolved-incident = Alarm { $alert } ist mit dem Vorfall beendet
line-alert-resolved-person = { $actor } hat Alarm { $alert } beendet

line-entry-put = { $actor } hat „{ $entry }“ gespeichert
line-entry-archived = { $actor } hat „{ $entry }“ archiviert
line-entry-restored = { $actor } hat „{ $entry }“ wiederhergestellt
line-entry-audited = { $actor } hat an „{ $entry }“ gearbeitet

placed-this = dieser Vorfall
placed-declared = Die Regel hat dafür einen Vorfall ausgerufen: { $incident }
placed-same_group = Zugeordnet, weil für dieselbe Gruppe von Alarmen schon offen: { $incident }
placed-recurred = Innerhalb der Wiederöffnungsfrist zurückgekehrt: { $incident }
placed-person = Von einer Person zugeordnet: { $incident }
left-below_threshold = Kein Vorfall: Für Alarme dieser Schwere ruft der Dienst keinen aus
left-service_archived = Kein Vorfall: Der Dienst ist archiviert
left-self_test = Kein Vorfall: ein Selbsttest von Hansei
line-alert-waited = Vom Absender kam nichts, vielleicht kam er nicht durch: Es wird bis { $until } gewartet

fact-for-alert = Für Alarm { $alert }
fact-source = Quelle: { $source }
fact-severity-rule = Ein Alarm der Schwere „{ $alert }“ wird zu { $severity }
fact-severity-worse = Ein Alarm der Schwere „{ $alert }“ ist hinzugekommen
fact-severity-merged = { $incident } war so schwer und wurde übernommen
fact-recurrence = Wiederholung von { $incident }
fact-alarms-again = Erneuter Alarm, falls sich nichts bewegt: { $at }
fact-next-step = Nächste Stufe, falls niemand übernimmt: { $at }
fact-impact-ended = Kunden sind nicht mehr betroffen seit { $at }
fact-alert-severity = Schwere des Alarms: { $severity }
fact-senders-clock = Nach der Uhr des Absenders: { $at }
fact-receipt = Die Antwort war: { $receipt }
fact-tried-again = Nächster Versuch: { $at }
fact-not-tried-again = Dieser Kanal wird nicht mehr versucht

paged-exhausted = Keine Stufe der Eskalation wurde beantwortet; { $person } gehört zur Rückfallebene
paged-nobody_to_page = Keine Stufe der Eskalation erreicht jemanden; { $person } gehört zur Rückfallebene
paged-requested = { $actor } hat { $person } angefordert
paged-handed_over = { $actor } hat den Vorfall an { $person } übergeben

channel-email = E-Mail
channel-webhook = Webhook
channel-loopback = Selbsttest
channel-unknown = einen Kanal

scope-all-pods = alle Pods
scope-from-until = Von { $from } bis { $until }
scope-from = Seit { $from }
scope-until = Bis { $until }, Beginn nicht bekannt

trace-first = { $service } kannte noch keinen Alarm mit diesem Schlüssel: ein neuer
trace-again = { $service } kennt diesen Schlüssel: Er ist zum { $episode }. Mal aktiv
trace-unseen = Bisher wurde nur sein Ende gemeldet; trifft sein Beginn verspätet ein, wird er nicht aktiv
trace-rule = Die Regel von { $service } macht { $severity } aus einem Alarm der Schwere „{ $alert }“
trace-rule-none = Die Regel von { $service } ruft für Alarme der Schwere „{ $alert }“ keinen Vorfall aus
trace-expires = Hört man nichts mehr von ihm, endet er von selbst: { $at }
trace-until-resolved = Er bleibt aktiv, bis sein Absender, sein Vorfall oder eine Person ihn beendet
