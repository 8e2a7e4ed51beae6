# Jetzt, Vorfälle, Alarme und die Seite hinter dem Link einer Benachrichtigung.

day-heading = { $weekday }, { $date }
weekday-1 = Montag
weekday-2 = Dienstag
weekday-3 = Mittwoch
weekday-4 = Donnerstag
weekday-5 = Freitag
weekday-6 = Samstag
weekday-7 = Sonntag

clock-none = keine Frist läuft
clock-step = Stufe { $step } in
clock-step-late = Stufe { $step } fällig seit
clock-fallback = Rückfallebene in
clock-fallback-late = Rückfallebene fällig seit
clock-ack = erneuter Alarm in
clock-ack-late = erneuter Alarm fällig seit
clock-what-step = geht weiter zu Stufe { $step }
clock-what-fallback = geht weiter zur Rückfallebene
clock-what-ack = alarmiert erneut, falls sich nichts bewegt
clock-tells = benachrichtigt { $people }
clock-tells-nobody = erreicht niemanden

severity-means-0 = Alle sind betroffen, oder Daten sind in Gefahr.
severity-means-1 = Eine Hauptfunktion fehlt vielen Kunden.
severity-means-2 = Eine Hauptfunktion ist beeinträchtigt oder fehlt einigen.
severity-means-3 = Geringe Wirkung, es gibt einen Umweg.
severity-means-4 = Kein Kunde bemerkt es.
severity-max = schlimmstenfalls { $severity }
severity-filter-0-2 = SEV0 bis SEV2
severity-filter-3-4 = SEV3 und SEV4
severity-filter-0 = SEV0
severity-filter-1 = SEV1
severity-filter-2 = SEV2
severity-filter-3 = SEV3
severity-filter-4 = SEV4
status-means-detected = Hansei weiß davon; noch hat niemand nachgesehen.
status-means-triage = Jemand sieht nach, was es ist.
status-means-investigating = Die Ursache wird gesucht.
status-means-identified = Die Ursache ist bekannt.
status-means-monitoring = Eine Lösung ist eingespielt; ihre Wirkung wird beobachtet.

## Jetzt

now-title = Jetzt
now-calm-lead = Nichts braucht jemanden.
now-burning = { $count ->
    [one] Ein offener Vorfall
   *[other] { $count } offene Vorfälle
}
now-unheld = { $total ->
    [one] , niemand ist zuständig.
   *[other] { $count ->
        [one] , für einen ist niemand zuständig.
       *[other] , für { $count } ist niemand zuständig.
    }
}
now-next = Als Nächstes:
now-mine = { $count ->
    [one] Sie werden gebraucht
   *[other] Sie werden gebraucht, { $count }-mal
}
now-burning-title = Offene Vorfälle
now-more = Alle offenen Vorfälle
now-calm = Nichts brennt
now-calm-text = Kein offener Vorfall. Was kürzlich zu Ende ging, steht darunter.
now-calm-past = Frühere Vorfälle
now-silent-text = Ein Schlüssel ist angelegt, aber noch kam darüber kein Alarm an. Die Einrichtungsseite zeigt, was wohin gehört, und kann einen Test senden.
now-silent-go = Einrichtung ansehen
now-first-text = Noch ist keine Überwachung angebunden. Binden Sie eine an, dann werden aus ihren Alarmen Vorfälle, die jemanden erreichen.
now-first-go = Überwachung anbinden
now-loose = Alarme ohne Vorfall
now-loose-all = Alle Alarme
now-ended = In den letzten 24 Stunden beendet
now-ended-all = Alle behobenen
now-aside = Fristen, Benachrichtigungen und Änderungen
now-clocks = Nächste Fristen
now-pages = Offene Benachrichtigungen
now-changes = In der letzten Stunde geändert

## Listen

incidents-title = Vorfälle
incidents-states = Stand der Vorfälle
incidents-tab-open = Offen
incidents-tab-resolved = Behoben
incidents-tab-closed = Abgeschlossen
incidents-tab-all = Alle
incidents-filter = Vorfälle filtern
incidents-search = In Titeln und Nummern suchen
incidents-search-hint = Titel oder Nummer
incidents-none = Kein Vorfall passt
incidents-none-text = Mit anderen Filtern gibt es vielleicht welche.
incidents-all-of-them = Alle Vorfälle
alerts-title = Alarme
alerts-states = Stand der Alarme
alerts-tab-firing = Aktiv
alerts-tab-loose = Ohne Vorfall
alerts-tab-resolved = Beendet
alerts-tab-all = Alle
alerts-filter = Alarme filtern
alerts-search = In Beschreibungen, Schlüsseln und Labels suchen
alerts-search-hint = Beschreibung, Schlüssel oder Label
alerts-none = Kein Alarm passt
alerts-none-text = Mit anderen Filtern gibt es vielleicht welche.
alerts-all-of-them = Alle Alarme
alerts-caption = Alarme, neueste zuerst
alerts-of-incident = Nur die von
alerts-of-any = von allen Vorfällen
alerts-of-all = Alle dieses Vorfalls
alerts-of-none = Kein Alarm gehört dazu.
alerts-more = { $count ->
    [one] Ein weiterer.
   *[other] { $count } weitere.
}
inc-any-severity = Jede Schwere
inc-any-service = Jeder Dienst
inc-any-holder = Alle Zuständigen
inc-any-key = Jeder Schlüssel
inc-holder-me = Ich
inc-newest-first = Neueste zuerst
inc-newest = Neueste
inc-older = Ältere
inc-pages-of-list = Seiten der Liste
inc-col-state = Stand
inc-col-alert = Alarm
inc-col-incident = Vorfall
inc-col-since = Seit
inc-col-signals = Signale
inc-no-incident = keiner
inc-open = Öffnen
inc-lasted = dauerte { $span }
inc-since = seit { $time }
inc-ended-at = beendet { $time }
shortcut-acknowledge = Den ausgewählten übernehmen
shortcut-search = In dieser Liste suchen
shortcut-comment = Einen Kommentar schreiben
palette-here = Diese Seite

## Ausrufen

declare-what = Was ist los?
declare-what-hint = Was Kunden bemerken, in wenigen Worten. Lässt sich später ändern.
declare-no-service = Noch keiner
declare-service-hint = Benachrichtigt wird nach den Stufen dieses Dienstes. Ohne Dienst wird die Rückfallebene benachrichtigt.
declare-unsure = Unsicher? Nehmen Sie die höhere Schwere; sie lässt sich später senken.
declare-page = Jetzt benachrichtigen
declare-page-hint = Nach den Stufen des Dienstes.
declare-hold = Ich bin zuständig
declare-impact-hint = Falls bekannt. Lässt sich später nachtragen.
declare-go = Ausrufen
declare-done = Der Vorfall ist ausgerufen.

## Ein Vorfall

inc-crumbs = Wo Sie sind
inc-on-this-page = Auf dieser Seite
inc-facts = Angaben
inc-life-cycle = Verlauf
inc-stage-skipped = übersprungen
inc-holds-it = ist zuständig
inc-held-it = war zuletzt zuständig
inc-taken-by-sender = beim Absender übernommen
inc-nobody-holds = Niemand ist zuständig
inc-more-actions = Weitere Aktionen
inc-runbook = Runbook
inc-copy-link = Link kopieren
inc-copy-text = Kopieren
inc-link-copied = Kopiert
inc-print = Drucken
inc-merged-into = Er geht weiter in
inc-key-durations = Wichtige Dauern
inc-duration-to = bis
inc-duration-running = läuft noch
inc-duration-intervals = über mehrere Zeiträume
inc-duration-negative = anders herum als üblich
timeline = Zeitleiste
timeline-show = In der Zeitleiste zeigen
timeline-all = Alles
timeline-decisions = Entscheidungen
timeline-comments = Kommentare
timeline-evidence = Belege
timeline-pages = Benachrichtigungen
timeline-alerts = Alarme
timeline-newest-first = Neueste zuerst
timeline-oldest-first = Älteste zuerst
timeline-empty = Noch nichts dieser Art.
timeline-first = Zum Anfang der Liste
timeline-more = Weitere Einträge
timeline-parts = Teile der Zeitleiste
inc-entered = eingetragen { $time }
inc-comment-hint = Was sehen Sie, was haben Sie versucht?
inc-comment-go = Kommentieren
inc-evidence-pinned = Angeheftete Belege
inc-corrected-at = Berichtigt um { $time }
inc-withdrawn-at = Zurückgenommen um { $time }
inc-entry-actions = Aktionen für den Eintrag von { $time }
inc-people-and-pages = Personen und Benachrichtigungen
inc-ladder-empty = Zu diesem Vorfall wurde niemand benachrichtigt.
inc-silent-rule = { $severity } liegt unter der Schwere, bei der dieser Service jemanden benachrichtigt.
inc-silent-person = Beim Ausrufen wurde das nicht verlangt.
inc-generation = { $generation ->
   *[other] Alarm Nummer { $generation } dieses Vorfalls. Links früherer Alarme wirken nicht mehr.
}
rung-step = Stufe { $step }
rung-fallback = Rückfallebene
rung-requested = Angefordert
rung-round = Runde { $round }
rung-comes = folgt { $time }
rung-delay = { $span } nach der vorigen Stufe
rung-spared = Nicht benachrichtigt: Der Vorfall war vorher übernommen oder beendet.
rung-reaches-nobody = Erreicht derzeit niemanden.
rung-reached-nobody = Hat niemanden erreicht.
inc-rounds-left = { $rounds ->
    [one] Vor der Rückfallebene werden alle Stufen noch einmal durchlaufen.
   *[other] Vor der Rückfallebene werden alle Stufen noch { $rounds }-mal durchlaufen.
}
inc-earlier-pages = { $count ->
    [one] Eine Benachrichtigung eines früheren Alarms
   *[other] { $count } Benachrichtigungen früherer Alarme
}
inc-why-paged = Warum wurde { $name } benachrichtigt?
page-unreachable = Kein Kontakt
page-failing = Scheitert
page-pending = Unterwegs
page-delivered = Zugestellt
page-acknowledged = Übernommen
page-resolved = Erledigt
page-superseded = Abgelöst
page-escalated = Keine Antwort
page-merged = Zusammengeführt
page-gone = Ausgeschieden
page-delivered-at = zugestellt { $time }
page-requested-at = angefordert { $time }
try-delivered = zugestellt { $time }
try-failed = gescheitert { $time }
try-again = neuer Versuch { $time }
try-given-up = kein weiterer Versuch
try-pending = unterwegs
try-next = ab { $time }:
inc-scope = Betroffen
inc-scope-none = Es ist noch nicht angegeben, was betroffen ist.
inc-scope-actions = Aktionen für diese Angabe
inc-scope-from-unknown = Beginn nicht bekannt
inc-scope-now = jetzt
inc-scope-open = Ende nicht bekannt
inc-key-times = Wichtige Zeitpunkte
inc-time-by-hand = von Hand gesetzt
inc-time-unset = noch nicht
inc-time-edit = „{ $which }“ ändern
inc-time-changes = { $count ->
    [one] Einmal geändert
   *[other] { $count }-mal geändert
}
inc-past-impacts = Frühere Auswirkung
inc-impact-assumed = (bis zur Behebung; das Ende hat niemand angegeben)
inc-about-incident = Über den Vorfall
inc-former-titles = Frühere Titel
inc-absorbed = Hierher zusammengeführt
inc-recurrence-of = Wiederholung von
inc-recurrences = Wiedergekehrt als
inc-auto-resolve-yes = Ja
inc-auto-resolve-no = Nein, eine Person behebt ihn
reopens-until = bis { $time }

## Etwas damit tun

act-acknowledge = Übernehmen
act-handover = Übergeben
act-status = Stand ändern
act-severity = Schwere ändern
act-title = Titel ändern
act-resolve = Beheben
act-reopen = Wieder öffnen
act-close = Abschließen
act-merge = Mit einem anderen zusammenführen
act-recurrence = Als Wiederholung verknüpfen
act-people = Weitere benachrichtigen
act-escalate = Neu eskalieren
act-comment = Kommentieren
act-evidence = Beleg anheften
act-correct = Berichtigen
act-withdraw = Zurücknehmen
act-time = Zeitpunkt ändern
act-impact = Frühere Auswirkung berichtigen
act-scope-add = Betroffenes eintragen
act-scope-change = Berichtigen oder beenden
act-scope-remove = Entfernen
go-acknowledge = Übernehmen
go-handover = Übergeben
go-status = Stand ändern
go-severity = Schwere ändern
go-title = Titel ändern
go-resolve = Beheben
go-reopen = Wieder öffnen
go-close = Abschließen
go-merge = Zusammenführen
go-recurrence = Speichern
go-people = Benachrichtigen
go-escalate = Eskalieren
go-comment = Kommentieren
go-evidence = Anheften
go-correct = Berichtigen
go-withdraw = Zurücknehmen
go-time = Speichern
go-impact = Speichern
go-scope-add = Eintragen
go-scope-change = Speichern
go-scope-remove = Entfernen
done-already = Das war schon so.
done-acknowledge = Sie sind zuständig.
done-handover = Übergeben.
done-status = Stand geändert.
done-severity = Schwere geändert.
done-title = Titel geändert.
done-resolve = Behoben.
done-reopen = Wieder geöffnet.
done-close = Abgeschlossen.
done-merge = Zusammengeführt.
done-recurrence = Gespeichert.
done-people = Sie werden benachrichtigt.
done-escalate = Die Eskalation hat von vorn begonnen.
done-comment = Kommentar hinzugefügt.
done-evidence = Beleg angeheftet.
done-correct = Berichtigt.
done-withdraw = Zurückgenommen.
done-time = Gespeichert.
done-impact = Gespeichert.
done-scope-add = Eingetragen.
done-scope-change = Geändert.
done-scope-remove = Entfernt.
inc-changed-title = Jemand hat das geändert, während Sie schrieben
inc-changed-text = Nichts von Ihnen ist verloren. Sehen Sie es an, und senden Sie es erneut, wenn es noch stimmt.
inc-acknowledge-text = Sie übernehmen den Vorfall und sind ab dann zuständig. Die Eskalation hält an.
inc-handover-hint = Diese Person wird sofort benachrichtigt. Antwortet niemand, wird erneut alarmiert.
inc-handover-note = Was sie wissen muss
inc-field-recurrence = Nummer des früheren Vorfalls
recurrence-hint = Leer lassen, wenn er keine Wiederholung ist. Beide Vorfälle zeigen es an.
inc-title-hint = Der frühere Titel bleibt lesbar, und alte Links bleiben gültig.
resolve-firing = { $count ->
    [one] Ein Alarm ist noch aktiv. Mit dem Beheben endet er hier; wird er wieder aktiv, öffnet sich der Vorfall wieder oder ein neuer beginnt.
   *[other] { $count } Alarme sind noch aktiv. Mit dem Beheben enden sie hier; werden sie wieder aktiv, öffnet sich der Vorfall wieder oder ein neuer beginnt.
}
resolve-impact-hint = Seit wann Kunden nicht mehr betroffen sind, falls bekannt.
resolve-note = Was hat es beendet?
resolve-earlier = Er war schon früher behoben
resolve-at-hint = Leer bedeutet jetzt.
reopen-text = Der Vorfall geht mit einem neuen Alarm weiter. Links früherer Alarme wirken nicht mehr.
reopen-page = Nach den Stufen des Dienstes benachrichtigen
inc-close-text = Es ist nichts mehr zu tun. Ein abgeschlossener Vorfall lässt sich weiter lesen, berichtigen und eine Zeit lang wieder öffnen.
merge-hint = Die Nummer eines offenen Vorfalls.
merge-text = Seine Alarme, Zeitleiste und Belege erscheinen auch dort. Er behält seine Nummer und verweist auf den anderen. Das lässt sich nicht rückgängig machen.
inc-people-hint = Sie werden jetzt benachrichtigt, unabhängig von den Stufen.
inc-people-unreachable = Niemand davon ist erreichbar: kein Kontakt bekannt oder nicht mehr in Gebrauch.
inc-picker-filter = Filtern
inc-escalate-text = Die Stufen des Dienstes beginnen von vorn, so wie sie jetzt sind. Wer zuständig ist, wird wie alle benachrichtigt und muss erneut übernehmen.
inc-occurred-hint = Falls es nicht jetzt war.
inc-evidence-what = Was er zeigt
inc-url-hint = Wo man es sehen kann.
inc-correct-hint = Der frühere Wortlaut bleibt durchgestrichen lesbar.
inc-withdraw-text = Der Eintrag bleibt durchgestrichen lesbar.
inc-time-hint = Leer bedeutet: nicht bekannt. Der frühere Wert bleibt im Verlauf.
inc-scope-remove-text = Nur wenn die Angabe falsch war. Ist es vorbei, tragen Sie stattdessen das Ende ein.
inc-scope-all-pods-label = Alle Pods
inc-scope-empty = Nennen Sie ein Produkt, eine Komponente, einen Pod oder ein Symptom
inc-symptom-hint = Wie Kunden es bemerken.
inc-scope-from-hint = Leer bedeutet: nicht bekannt.
inc-scope-until-hint = Leer bedeutet: dauert an.
inc-field-to = An
inc-field-status = Stand
inc-field-severity = Schwere
inc-field-title = Titel
inc-field-into = Mit
inc-field-people = Personen
inc-field-teams = Teams
inc-field-text = Text
inc-field-comment = Kommentar
inc-field-url = Link
inc-field-evidence = Art
inc-field-occurred = Wann es war
inc-field-at = Wann
inc-field-scope = Betroffen
inc-field-symptom = Symptom
inc-field-products = Produkte
inc-field-components = Komponenten
inc-field-pods = Pods
inc-field-from = Von
inc-field-until = Bis
inc-field-note = Anmerkung
inc-field-reason = Grund
inc-field-source = Quelle
inc-field-service = Dienst
inc-field-team = Team
inc-field-holder = Zuständig
inc-field-key = Anbindungsschlüssel
inc-field-generation = Alarm Nummer
inc-field-auto-resolve = Mit dem letzten Alarm behoben
inc-field-reopens = Wieder zu öffnen
inc-field-slug = Kurzadresse

## Ein Alarm

alert-says = Was er meldet
alert-says-nothing = Bisher wurde nur sein Ende gemeldet.
alert-trace = Warum er hierher führte
alert-history = Was mit ihm geschah
alert-history-cut = Der frühere Verlauf steht im Journal.
alert-repeats = { $count ->
    [one] Insgesamt ein Signal.
   *[other] Insgesamt { $count } Signale. Wiederholungen werden gezählt, nicht ins Journal eingetragen.
}
alert-details = Einzelheiten wie gesendet
alert-severity = Schwere
alert-source = Betroffen
alert-component = Komponente
alert-group = Gruppe
alert-class = Klasse
alert-last-seen = Zuletzt gemeldet
alert-expires = Endet von selbst
alert-dedup = Schlüssel
alert-format = Format
alert-episodes = Wie oft er aktiv war
alert-end = Von Hand beenden
alert-end-ask = Diesen Alarm von Hand beenden?
alert-end-why = Wird er wieder aktiv, beginnt er neu. Ist er der letzte seines Vorfalls und die Regel lässt es zu, wird auch der Vorfall behoben.
alert-ended = Der Alarm ist beendet.
ended-by-sender = vom Absender beendet
ended-by-expired = nicht mehr gemeldet
ended-by-incident_resolved = mit dem Vorfall beendet
ended-by-person = von Hand beendet

## Hinter dem Link einer Benachrichtigung

respond-resolve = Es ist vorbei: beheben
respond-open = Vorfall öffnen
respond-merged = Er wurde zusammengeführt
respond-merged-text = Er geht weiter in { $number }.
respond-over = Es ist vorbei
respond-resolved = Behoben
respond-over-text = Mit diesem Link ist nichts mehr zu tun.
respond-stale = Seither wurde erneut alarmiert
respond-stale-text = Dieser Link gehört zu einem früheren Alarm und wirkt nicht mehr. Vielleicht haben Sie einen neueren; sonst öffnen Sie den Vorfall.
respond-yours = Sie sind zuständig
respond-yours-text = Sonst wird niemand benachrichtigt.
respond-taken = { $name } hat übernommen
respond-taken-sender = Der Vorfall ist übernommen
respond-taken-text = Sonst wird niemand benachrichtigt.
respond-again = Bewegt sich nichts, wird erneut alarmiert: { $time }.
respond-last = Sonst wird niemand benachrichtigt: Alle Stufen sind durchlaufen.
respond-since = Seit { $time }
respond-more-alerts = und { $count } weitere
respond-as = Dieser Link handelt für { $name }, nur für diesen Alarm.
respond-everything = Alles zum Vorfall
