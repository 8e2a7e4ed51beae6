# Einrichten, Anmelden, Dienste, Anbindungen, Katalog, Personen, Einstellungen, System.

## Einrichten

setup-title = Hansei einrichten
setup-lead = Diese Seite öffnet sich einmal, mit dem Link von der Konsole. Sie legt die erste Person mit Administrationsrechten an.
setup-organisation = Organisation
setup-name = Ihr Name
setup-email = E-Mail
setup-password = Passwort
setup-password-hint = Mindestens 12 Zeichen. Am besten ein ganzer Satz.
setup-locale = Sprache
setup-zone = Zeitzone
setup-zone-hint = Zeiten werden in dieser Zone gezeigt. Gespeichert wird immer UTC.
setup-go = Einrichten und anmelden
setup-done = Hansei ist eingerichtet. Drei Schritte führen zur ersten Benachrichtigung.
setup-gone-title = Dieser Einrichtungslink gilt nicht
setup-gone-used = Hansei ist bereits eingerichtet. Melden Sie sich an; eine Person mit Administrationsrechten kann Sie hinzufügen.
setup-gone-wrong = Jeder Start von Hansei mit leerem Speicher erzeugt einen neuen Link, und die früheren gelten nicht mehr. Nehmen Sie den neuesten von der Konsole, vollständig.
password-strength-short = Zu kurz: noch { $missing } Zeichen
password-strength-fair = Lang genug; länger ist sicherer
password-strength-good = Gut

## Anmelden

signin-title = Anmelden
signin-to = bei { $organisation }
signin-email = E-Mail
signin-password = Passwort
signin-go = Anmelden
signin-wrong = E-Mail oder Passwort ist falsch.
signin-throttled = Zu viele Versuche. Der nächste zählt ab { $time }, in { $span }.
signin-help = Kein Zugang? Eine Person mit Administrationsrechten kann Ihnen einen Link geben.
signin-empty = Noch kann sich niemand anmelden: Die Konsole zeigt den Link zum Einrichten.
signout-done = Sie sind abgemeldet.

## Passwort per Link

password-title = Passwort wählen
password-lead = Für { $name }, { $email }. Danach sind Sie sofort angemeldet.
password-new = Neues Passwort
password-go = Speichern und anmelden
password-done = Ihr Passwort ist gesetzt.
password-gone-title = Dieser Link gilt nicht mehr
password-gone-text = Links für ein Passwort gelten einmal und 72 Stunden; ein neuerer macht einen älteren ungültig. Eine Person mit Administrationsrechten kann Ihnen einen neuen geben.

## Erste Schritte

checklist-title = Drei Schritte bis zur ersten Benachrichtigung
checklist-progress = { $done } von 3 erledigt
checklist-service = Einen Dienst anlegen
checklist-service-text = Wovon Alarme handeln, und wer es erfährt, wenn er ausfällt.
checklist-key = Einen Absender anbinden
checklist-key-text = Prometheus, Alertmanager, PagerDuty-Ereignisse oder einfaches JSON, mit eigenem Schlüssel.
checklist-alert = Einen Testalarm senden
checklist-alert-text = Er nimmt den echten Weg, bis zur Benachrichtigung in Ihrem Postfach.
checklist-done = erledigt

## Bausteine vieler Seiten

form-needs-you = Einige Angaben brauchen Sie
copy = Kopieren
copied = Kopiert
save = Speichern
discard = Verwerfen
edit = Bearbeiten
add = Hinzufügen
remove = Entfernen
archive = Archivieren
restore = Wiederherstellen
move-up = Nach oben
move-down = Nach unten
filter = Filtern
actions = Aktionen
back = Zurück
saved = Gespeichert.
archived-done = { $name } ist archiviert. Nichts Neues kann es benutzen; was darauf verweist, bleibt lesbar.
restored-done = { $name } ist wieder in Gebrauch.
yes = ja
no = nein
none = keine
never = nie
optional = freiwillig
archived = Archiviert
from-file = Aus Datei
from-file-hint = Auch in einer Konfigurationsdatei beschrieben. Was Sie hier ändern, bleibt: Erneutes Anwenden der Datei ändert nur, was in ihr neu ist.
conflict-title = { $name } hat das geändert, während Sie es offen hatten
conflict-text = Von Ihnen ist noch nichts gespeichert; alle Eingaben stehen noch da. Geändert { $time }:
conflict-save = Meines darüber speichern
history-title = Wer hat was geändert
history-none = Noch wurde nichts geändert.
change-made = hat es angelegt
change-changed = hat es geändert
change-archived = hat es archiviert
change-restored = hat es wiederhergestellt
change-fields = { $count } Felder
via-token = mit API-Token
via-link = per Link
via-mail = per E-Mail
via-file = aus einer Konfigurationsdatei
actor-console = Die Konsole
audit-password_set = Passwort gesetzt
audit-password_link_made = Link für ein Passwort erstellt
audit-session_started = Angemeldet
audit-session_ended = Eine Sitzung beendet
audit-sessions_ended = Alle Sitzungen beendet
audit-token_created = API-Token erstellt
audit-token_revoked = API-Token widerrufen
audit-console_access = Zugang über die Konsole
audit-contact_secret_renewed = Webhook-Geheimnis erneuert
audit-trial_sent = Test gesendet
field-name = Name
field-slug = Kurzname
field-description = Beschreibung
field-members = Mitglieder
field-email = E-Mail
field-role = Rolle
field-locale = Sprache
field-zone = Zeitzone
field-theme = Aussehen
field-contacts = Erreichbar über
field-next-contact = Nächster Kontakt nach
field-product = Produkt
field-region = Region
field-owner = Zuständig
field-components = Komponenten
field-runbook = Runbook
field-step = Stufe { $number }
field-repeat = Wiederholungen
field-exhaust = Rückfallebene nach der letzten Stufe
field-ack-timeout = Alarmiert ohne Fortschritt erneut nach
field-rule-critical = Alarm kritisch
field-rule-error = Alarm Fehler
field-rule-warning = Alarm Warnung
field-rule-info = Alarm Hinweis
field-page-up-to = Benachrichtigt bis
field-group-by = Gemeinsamer Vorfall
field-auto-resolve = Endet mit dem letzten Alarm
field-reopen-window = Öffnet sich erneut innerhalb von
field-service = Dienst
field-format = Format
field-secrets = Geheimnisse
field-fallback = Rückfallebene
step-line = nach { $span }: { $who }
rule-stays-alert = bleibt ein Alarm
group-service = alle Alarme des Dienstes
group-alert = jeder Alarm ein eigener
look-system = wie das System
look-light = hell
look-dark = dunkel
contact-email = E-Mail
contact-webhook = Webhook
contact-loopback = Selbsttest
format-pagerduty = PagerDuty Events v2
format-alertmanager = Prometheus, Alertmanager
format-json = JSON
format-internal = Hansei selbst
trial-title = Dies ist ein Test: Es ist nichts passiert
trial-reason = Sie oder die Administration haben diesen Kontakt testen lassen
refusal-trial_too_soon = Gerade wurde ein Test gesendet. Bitte kurz warten und dann noch einmal

## Katalog

catalogue-title = Katalog
catalogue-kinds = Arten von Einträgen
catalogue-products = Produkte
catalogue-components = Komponenten
catalogue-pods = Pods
catalogue-teams = Teams
catalogue-products-lead = Was Kunden beim Namen kennen.
catalogue-components-lead = Die Teile eines Produkts, die für sich ausfallen können.
catalogue-pods-lead = Unabhängige Installationen, jede für einen Teil der Kunden.
catalogue-teams-lead = Menschen, die Dienste verantworten und gemeinsam benachrichtigt werden.
catalogue-products-empty = Noch kein Produkt
catalogue-components-empty = Noch keine Komponente
catalogue-pods-empty = Noch kein Pod
catalogue-teams-empty = Noch kein Team
catalogue-new-product = Produkt hinzufügen
catalogue-new-component = Komponente hinzufügen
catalogue-new-pod = Pod hinzufügen
catalogue-new-team = Team hinzufügen
catalogue-team-empty = niemand: Benachrichtigungen erreichen niemanden
catalogue-team-empty-text = Dieses Team hat keine Mitglieder. Eine Stufe, die nur dieses Team nennt, erreicht niemanden und wird übersprungen.
kind-team = Team
kind-person = Person
kind-product = Produkt
kind-component = Komponente
kind-pod = Pod
kind-service = Dienst
kind-key = Schlüssel
kind-settings = Einstellungen
slug-hint = Steht in Adressen, Dateien und auf der Befehlszeile. Links mit dem alten gelten dann nicht mehr.
slug-hint-new = Steht in Adressen, Dateien und auf der Befehlszeile. Leer gelassen entsteht er aus dem Namen.
members-hint = In dieser Reihenfolge; nennt eine Stufe das Team, werden alle zugleich benachrichtigt.
picker-empty = Noch nichts zur Auswahl.
unreachable = nicht erreichbar
used-by = Benutzt von
used-by-nothing = nichts
right-now = Gerade jetzt
quiet = ruhig
facts = Angaben
breadcrumb = Wo Sie sind
edit-named = { $name } bearbeiten
search-here = In dieser Liste suchen
nothing-found = Nichts gefunden
nothing-found-text = Zu diesem Filter passt nichts.
archive-ask = { $name } archivieren?
archive-why = Nichts Neues kann es dann benutzen. Was darauf verweist, bleibt lesbar, und es lässt sich wiederherstellen.
archive-used = Archivieren geht, sobald nichts es mehr benutzt.
open-incidents = { $count ->
    [one] 1 Vorfall
    *[other] { $count } Vorfälle
    }
alerts-firing = { $count ->
    [one] 1 Alarm aktiv
    *[other] { $count } Alarme aktiv
    }

## Dienste

services-title = Dienste
services-lead = Wofür Alarme eingehen, wer dafür zuständig ist und wer benachrichtigt wird.
services-empty = Noch kein Dienst
services-empty-text = Ein Dienst ist das, wovon Alarme handeln. Er legt fest, wann aus einem Alarm ein Vorfall wird und wer es erfährt.
service-new = Dienst hinzufügen
any-team = Jedes Team
service-steps = { $count ->
    [0] keine Stufen: Rückfallebene wird benachrichtigt
    [one] 1 Stufe
    *[other] { $count } Stufen
    }
service-second = { $span } bis zur zweiten
service-keys = { $count } Schlüssel
service-warnings = { $count ->
    [one] 1 Warnung
    *[other] { $count } Warnungen
    }
service-quiet = Kein offener Vorfall, kein aktiver Alarm.
service-all-alerts = Alle Alarme dieses Dienstes
service-who = Wer jetzt benachrichtigt würde
service-who-alert = Käme dieser Alarm:
service-becomes = Daraus wird ein Vorfall
service-tells-nobody = und niemand wird benachrichtigt: Diese Schwere benachrichtigt nicht.
service-stays-alert = Es bleibt beim Alarm: kein Vorfall, keine Benachrichtigung.
service-rule = Vom Alarm zum Vorfall
service-rule-text = Wozu jede Schwere eines Alarms führt. „Bleibt ein Alarm“ heißt: Er ist zu sehen, und niemand wird benachrichtigt.
rule-alert = Alarm
rule-becomes = wird zu
rule-tells = benachrichtigt
group-labels = Alarme mit gleichem { $names }
service-no-keys = Noch erreicht kein Absender diesen Dienst.
service-archive-keys = Vor dem Archivieren die Schlüssel widerrufen.
service-what = Was es ist
service-owner-hint = Wem er gehört. Wer benachrichtigt wird, steht unten in den Stufen.
service-runbook-hint = Jede Benachrichtigung trägt diesen Link.
service-components-hint = Die Teile von Produkten, die dieser Dienst trägt.
service-escalation = Wer wann benachrichtigt wird
service-escalation-text = Jede Stufe wartet ihre Frist nach der vorigen ab und benachrichtigt dann alle ihre Personen zugleich, bis jemand übernimmt. Laufende Vorfälle behalten die Stufen, mit denen sie begonnen haben.
step-delay = Frist (5 min, 45 s, 1 h 30 min)
step-targets = Wer benachrichtigt wird
step-add = Stufe hinzufügen
step-remove = Stufe entfernen
repeat-hint = Wie oft alle Stufen erneut durchlaufen werden, 0 bis 9, bevor die Rückfallebene benachrichtigt wird.
exhaust-hint = Wie lange nach der letzten Stufe ohne Übernahme.
ack-timeout-hint = Ein übernommener Vorfall, an dem so lange nichts geschieht, geht zurück zu Stufe 1. Leer: nie.
page-up-to-hint = Die mildeste Schwere, die noch benachrichtigt. Mildere Vorfälle werden nur aufgeführt.
group-service-hint = Ein Vorfall zur Zeit: Was auslöst, kommt dazu.
group-alert-hint = Jeder Alarm hat einen eigenen Vorfall. Für wenige, seltene Alarme.
group-by-labels = gleiche Labels
group-by-labels-hint = Alarme, deren Labels unten übereinstimmen, teilen einen Vorfall: einer je Pod, einer je Cluster.
rule-labels = Labels
rule-labels-hint = Durch Kommas getrennt; nur bei „gleiche Labels“.
auto-resolve-hint = Ein Vorfall, der mit Alarmen begann, endet mit dem letzten von ihnen.
reopen-hint = Löst es so bald nach dem Beheben wieder aus, öffnet sich derselbe Vorfall erneut, statt dass ein neuer ausgerufen wird.
rehearsal-title = Was geschähe
rehearsal-text = Spielt das Formular so durch, wie es dasteht, gespeichert oder nicht, mit den Personen, wie sie gerade sind. Niemand wird benachrichtigt.
rehearsal-of = Ein Alarm kommt: { $severity }
ladder-at-once = sofort
ladder-after = nach { $span }
ladder-fallback = Rückfallebene
ladder-fallback-nobody = Rückfallebene, da keine Stufe jemanden erreicht
ladder-nobody = Erreicht niemanden; wird sofort übersprungen.
ladder-repeats = { $count ->
    [one] Danach alle Stufen noch einmal, bis jemand übernimmt.
    *[other] Danach alle Stufen noch { $count }-mal, bis jemand übernimmt.
    }
ladder-warnings = Bitte ansehen, bevor es die Nacht tut
warn-no-steps = Es gibt keine Stufen: Die Rückfallebene wird sofort benachrichtigt.
warn-step-nobody = Stufe { $step } erreicht niemanden und wird übersprungen.
warn-unreachable = Stufe { $step } nennt { $person }; für diese Person ist kein Kontakt hinterlegt.
warn-no-sender = Stufe { $step } nennt { $person }, aber keiner der Kontakte ist nutzbar: Diese Installation hat dafür keinen Versand eingerichtet.
warn-nobody-at-all = Es würde überhaupt niemand benachrichtigt: Weder eine Stufe noch die Rückfallebene erreicht jemanden.
integrations-keys = Integrationsschlüssel
key-new = Neuer Schlüssel

## Anbindungen

integrations-lead = Richten Sie einen Absender hierher. Was mit 202 beantwortet wird, liegt vorher auf der Platte.
integrations-empty = Noch kein Absender angebunden
integrations-empty-text = Ein Schlüssel verbindet einen Absender mit einem Dienst.
integrations-no-service = Ein Schlüssel gehört zu einem Dienst: Legen Sie zuerst einen Dienst an.
key-new-lead = Ein Schlüssel je Absender, damit sich jeder für sich widerrufen lässt.
key-name-hint = Was sendet: „Prometheus eu-1“.
key-format-hint = Ein Schlüssel öffnet nur die Türen seines Formats.
key-make = Schlüssel erstellen
key-old-until = alter gilt bis { $time }
key-since = seit { $time }
key-heard = Gehört
key-refused = Letzte abgelehnt
key-silent = seit dem Start dieses Knotens nichts gehört
key-revoked = Der Schlüssel ist widerrufen: Sein Absender bekommt ab jetzt 401.
key-revoked-state = Widerrufen
key-secret-title = Schlüssel für { $name }
secret-once = Jetzt kopieren. Gespeichert ist nur ein Hash; noch einmal zeigen geht nicht.
last-used = Zuletzt benutzt
guide-title = Den Absender einrichten
guide-unknown-key = Der Schlüssel ist nicht mehr bekannt: Setzen Sie Ihren anstelle von YOUR_KEY ein, oder erneuern Sie ihn.
guide-prometheus = Hansei antwortet wie ein Alertmanager, Prometheus braucht sonst nichts. In prometheus.yml eintragen und neu laden; die zweite Form ist für Versionen und Werkzeuge, die keinen Header senden können.
guide-alertmanager = Ihr Alertmanager bleibt davor, mit Gruppierung und Stummschaltungen, und meldet an Hansei.
guide-grafana = Ein Contact Point vom Typ Alertmanager, ab Grafana 10.4. Von Hand: URL wie unten, Basic Authentication mit beliebigem Namen und dem Schlüssel als Passwort.
guide-curl = Einer von Hand, um ihn ankommen zu sehen.
guide-pagerduty = Jeder Client für PagerDuty Events v2, dessen Adresse sich ändern lässt: diese eintragen, und den Schlüssel als Routing Key.
guide-hansei = Aus einem Skript, mit Hanseis eigener Befehlszeile.
guide-same-key = Innerhalb eines Dienstes zählt für einen Alarm allein der Deduplizierungsschlüssel, gleich von welchem Absender: Zwei Absender mit demselben Schlüssel meinen denselben Alarm.
json-fields = Felder
json-fields-text = Ein Objekt oder ein Array mit höchstens 2.000 davon. Ein unbekanntes Feld wird mit Namen abgelehnt; die guten Einträge eines Arrays werden angenommen.
json-field-summary = Nötig zum Auslösen. Eine Zeile, höchstens 1.024 Zeichen.
json-field-action = trigger (ohne Angabe), acknowledge oder resolve.
json-field-dedup-key = Benennt den Alarm, höchstens 255 Zeichen. Nötig zum Bestätigen und Beheben; ohne ihn ist jedes Auslösen ein neuer Alarm.
json-field-severity = critical, error (ohne Angabe), warning oder info.
json-field-source = Was gestört ist und wozu es gehört. Je höchstens 255 Zeichen.
json-field-labels = Objekte mit höchstens 64 Texten, Zahlen oder Wahrheitswerten, je höchstens 4.096 Zeichen und zusammen 96 KiB.
json-field-details = Beliebiges JSON, höchstens 64 KiB.
json-field-links = Höchstens 20 mit href und text; http, https oder mailto.
json-field-images = Höchstens 20 mit src, href und alt; http oder https. Als Links gezeigt.
json-field-client-url = Die Seite des Absenders dazu; http oder https.
json-field-instants = RFC 3339. Wann es nach der Uhr des Absenders geschah; und wann der Alarm von selbst endet, wenn er nicht wiederholt wird.
samples-title = Letzte Nutzlasten
samples-note = neueste zuerst, im Speicher dieses Knotens
samples-none = Seit dem Start dieses Knotens ist nichts angekommen.
sample-accepted = Angenommen
sample-refused = Abgelehnt
sample-partly = Teilweise
sample-signals = { $count ->
    [0] Nichts Lesbares
    [one] 1 Signal
    *[other] { $count } Signale
    }
rotate-title = Geheimnis
rotate-overlap = Das alte gilt noch
rotate-hint = Lange genug, um es beim Absender ohne Lücke zu tauschen.
rotate-go = Erneuern
overlap-0 = nicht länger
overlap-3600 = eine Stunde
overlap-86400 = einen Tag
overlap-604800 = eine Woche
overlap-2592000 = 30 Tage
revoke = Widerrufen
revoke-ask = { $name } widerrufen?
revoke-why = Was ihn benutzt, bekommt sofort 401. Das lässt sich nicht rückgängig machen.
test-title = Testalarm
test-text = Nimmt den Weg eines echten: Regel, Vorfall, Benachrichtigungen. Wen die Eskalation des Dienstes nennt, der wird benachrichtigt.
test-severity = Schwere
test-send = Testalarm senden
test-alert-title = Testalarm von { $name }
test-lead = Was daraus wurde. Diese Seite folgt ihm von selbst.
test-step-stored = Gelesen und gespeichert
test-step-stored-text = Vom Leser seines Formats gelesen und auf der Platte.
test-step-alert = Alarm
test-step-incident = Vorfall
test-step-pages = Wer benachrichtigt wird
test-waiting = Wird entschieden …
test-nobody = Niemand wird benachrichtigt: Die Schwere benachrichtigt nicht, oder jemand hat den Vorfall schon übernommen.
test-left-below_threshold = Es bleibt beim Alarm: Der Dienst ruft für diese Schwere keinen Vorfall aus.
test-left-service_archived = Es bleibt beim Alarm: Der Dienst ist archiviert.
test-left-self_test = Es bleibt ein Alarm des Selbsttests.
test-end = Testalarm beenden
test-ended = Der Testalarm ist beendet.
look-again = Noch einmal nachsehen
delivery-pending = Unterwegs
delivery-delivered = Zugestellt
delivery-failed = Nicht zugestellt

## Quarantäne

quarantine-lead = Nutzlasten, die mit richtigem Schlüssel kamen, aber nicht lesbar waren. Den Absender berichtigen oder nach einem Update neu lesen. Je Schlüssel werden die neuesten 1.000 aufbewahrt.
quarantine-open = Zu erledigen
quarantine-all = Alle
quarantine-empty = Alles war lesbar
quarantine-empty-text = Unlesbares würde hier warten, und ein Alarm würde es melden.
quarantine-unreadable = Nicht lesbar
quarantine-how-replayed = Neu gelesen
quarantine-how-discarded = Verworfen
quarantine-why = Warum es nicht lesbar war
quarantine-replay = Neu lesen
quarantine-discard = Verwerfen
quarantine-discard-ask = Diese Nutzlast verwerfen?
quarantine-discard-why = Sie verschwindet aus der Liste und wird später gelöscht; wer sie verworfen hat, bleibt bekannt.
quarantine-replayed = { $count ->
    [one] Gelesen: 1 Signal geht weiter, { $bad } abgelehnt.
    *[other] Gelesen: { $count } Signale gehen weiter, { $bad } abgelehnt.
    }
quarantine-still = Weiterhin nicht lesbar: { $error }
quarantine-settled = Das hat schon jemand erledigt.
quarantine-truncated = Nur die ersten 64 KiB wurden aufbewahrt; neu lesen geht daher nicht.
quarantine-discarded = Verworfen.
quarantine-view = Darstellung
quarantine-text = Text
quarantine-hex = Hexadezimal
audit-quarantine_replayed = Eine Nutzlast aus der Quarantäne neu gelesen
audit-quarantine_discarded = Eine Nutzlast aus der Quarantäne verworfen
bytes = { $count } Bytes
older = Ältere
pages = Seiten der Liste

## Personen

people-title = Personen
people-lead = Wer hier arbeitet, wozu befugt ist und ob erreichbar.
people-search = Name oder E-Mail
person-new = Person hinzufügen
person-new-lead = Sie erhalten einen Link, mit dem die Person ein Passwort wählt.
person-add = Hinzufügen und Link erstellen
person-added = { $name } ist hinzugefügt und ab jetzt per E-Mail erreichbar.
person-email-hint = Damit melden sie sich an; es ist ihr erster Kontakt.
role-hint-viewer = Liest alles außer Geheimnissen und Nutzlasten.
role-hint-responder = Arbeitet außerdem an Alarmen und Vorfällen und sieht in die Quarantäne.
role-hint-manager = Ändert außerdem Dienste, Katalog und Integrationsschlüssel.
role-hint-admin = Fügt außerdem Personen hinzu, ändert Rollen und betreut Token und die Organisation.
role-change-hint = Ändern der Rolle beendet die Sitzungen der Person: Sie meldet sich neu an.
person-link = Link fürs Passwort
person-link-ask = Einen Link für ein neues Passwort erstellen?
person-link-why = Wer den Link hat, kann sich als diese Person anmelden, einmal, innerhalb von 72 Stunden. Ein früherer Link gilt nicht mehr.
link-title = Link für ein Passwort
link-for = Für { $name }
link-text = Nur dieser Person geben. Er gilt einmal, bis { $time }, und wird nicht noch einmal gezeigt.
link-mail = E-Mail schreiben
link-done = Fertig, ich habe es kopiert
link-mail-subject = Ihr Zugang zu Hansei
link-mail-body = Guten Tag! Wählen Sie hier Ihr Passwort: { $address } Der Link gilt einmal, bis { $time }.
person-stands = Steht in
person-stands-none = Keine Eskalation nennt diese Person.
person-leave = Ausscheiden
person-leave-text = Archivierte können sich nicht anmelden und werden nicht benachrichtigt. Was sie getan haben, bleibt. Nehmen Sie sie zuerst aus Teams und Stufen.
person-archive-why = Sitzungen und Token enden sofort; niemand benachrichtigt sie mehr.
person-archived = { $name } ist archiviert: Sitzungen und Token sind beendet.
contacts-title = Erreichbar über
settings-contacts = Wie ich erreichbar bin
contacts-none = Kein Kontakt: Benachrichtigungen kommen nicht an.
contacts-pause = In dieser Reihenfolge; der nächste nach { $span } ohne Reaktion.
contact-unusable = auf dieser Installation nicht eingerichtet
contact-test = Test senden
contact-more = Mehr zu { $name }
contact-add = Kontakt hinzufügen
contact-added = Der Kontakt ist hinzugefügt.
contact-removed = Der Kontakt ist entfernt.
contact-kind = Art
contact-to = Adresse
contact-to-hint = Eine E-Mail-Adresse oder eine https-Adresse für signierte Webhooks.
contact-remove-ask = { $name } entfernen?
contact-remove-why = Laufende Benachrichtigungen behalten ihn; neue nutzen ihn nicht.
contact-secret-title = Geheimnis des Webhooks
contact-secret-text = Jede Nachricht ist damit signiert (Standard Webhooks). Jetzt kopieren; noch einmal zeigen geht nicht.
contact-secret-renew = Geheimnis erneuern
contact-secret-ask = Das Geheimnis erneuern?
contact-secret-why = Das alte gilt sofort nicht mehr.
trial-delivered = Der Test wurde angenommen: Sehen Sie nach, ob er angekommen ist.
trial-failed = Der Test wurde nicht angenommen: { $error }
sessions-title = Angemeldet
sessions-none = Nirgends angemeldet.
sessions-end = Alle beenden
sessions-end-others = Alle anderen beenden
sessions-end-ask = Alle Sitzungen beenden?
sessions-end-why = Jeder Browser muss sich sofort neu anmelden.
sessions-ended = Die Sitzungen sind beendet.
session-ended = Die Sitzung ist beendet.
session-end = Beenden
session-this = diese hier
session-since = seit { $time }
session-unknown = Unbekannter Browser

## API-Token

tokens-lead = Für Skripte und die Befehlszeile. Ein Token kann, was seine Rolle kann, und nie mehr als seine Person.
tokens-mine = Meine
tokens-all = Alle
tokens-empty = Noch kein Token
tokens-empty-text = Befehlszeile und API verlangen eines.
token-new = Neues Token
token-name = Wofür
token-role-hint = So wenig wie nötig.
token-days = Endet
token-days-30 = in 30 Tagen
token-days-90 = in 90 Tagen
token-days-365 = in einem Jahr
token-days-0 = nie
token-make = Token erstellen
token-made = Token „{ $name }“
token-owner = Von wem
token-created = Erstellt
token-over = beendet
token-revoked = „{ $name }“ ist widerrufen: Was es benutzt, bekommt ab jetzt 401.

## Einstellungen

settings-look = Aussehen und Sprache
settings-password-now = Jetziges Passwort
settings-password-text = Ändern beendet alle Ihre anderen Sitzungen.
settings-password-go = Passwort ändern
password-changed = Ihr Passwort ist geändert; Ihre anderen Sitzungen sind beendet.
parts-of-page = Teile dieser Seite
organisation-title = Organisation
organisation-locale = Sprache neuer Personen
organisation-zone = Zeitzone neuer Personen
organisation-zone-hint = Auch die Zone von Seiten ohne Anmeldung.
fallback-hint = Werden benachrichtigt, wenn keine Stufe jemanden erreicht, und wenn alle Stufen ohne Übernahme verstrichen sind. Niemand gewählt: alle mit Administrationsrechten.
export-title = Der Katalog als Datei
export-text = Alles außer Geheimnissen, in der Form, die „hansei plan“ und „hansei apply“ lesen. Erneutes Anwenden ändert nur, was in der Datei neu ist.
export-go = catalogue.toml herunterladen

## System

system-well = Alles in Ordnung
system-troubles = { $count ->
    [one] 1 Sache nicht in Ordnung
    *[other] { $count } Dinge nicht in Ordnung
    }
system-as-of = Stand { $time }
system-version = Version { $version }
system-look = Bitte ansehen
system-vitals = Lebenszeichen
system-canary = Selbsttest
system-canary-off = aus
system-canary-lost = nicht zurück
system-canary-note = vom Eingang bis zur Übernahme,
system-canary-never = noch nicht zurückgekehrt
system-oldest-page = Älteste wartende Benachrichtigung
system-oldest-page-note = Verspätung, seit sie gesendet werden könnte
system-commit = Commit, im Mittel
system-commit-note = längster seit dem Start { $worst }
system-audit = Selbstprüfung
system-audit-good = in Ordnung
system-audit-none = noch nicht
system-audit-none-note = läuft jede Minute
system-inbox = Zu entscheidende Signale
system-inbox-note = gespeichert, wartend hinter der 202
system-queues = Warteschlangen
system-lane = Spur
system-state = Zustand
system-waiting = Wartend
system-oldest = Älteste
system-limit = Grenze
system-late = Verspätet
system-in-time = Rechtzeitig
lane-pages = Benachrichtigungen
lane-acks = Übernahmen
lane-intake = Eingang
lane-timeline = Zeitleiste
lane-mail = E-Mail
lane-digests = Zusammenfassungen
system-senders = Versandwege
system-configured = Eingerichtet
system-not-configured = Nicht eingerichtet
system-configure-email = Hansei mit --smtp-url und --mail-from starten (oder HANSEI_SMTP_URL und HANSEI_MAIL_FROM): Bis dahin wird niemand per E-Mail benachrichtigt.
system-configure-webhook = Diese Version hat keinen Versand für Webhooks.
system-plain = Diese Installation ist unter { $address } erreichbar, unverschlüsselt. Stellen Sie einen Proxy mit TLS davor und nennen Sie Hansei dessen Adresse mit --public-url.
system-store = Speicher
system-journal = Journaleinträge
system-size = Größe
system-commits = Commits seit dem Start
system-group = { $count } je Transaktion im Mittel
system-firing = Aktive Alarme
system-active = Aktive Vorfälle
system-process = Dieser Knoten
system-up = In Betrieb seit
system-streams = Offene Live-Verbindungen
trouble-canary = Der Selbsttest kam nicht rechtzeitig zurück: Zwischen Eingang und Benachrichtigung steht etwas still.
trouble-audit = { $count ->
    [one] Die Selbstprüfung hat 1 Befund, siehe unten.
    *[other] Die Selbstprüfung hat { $count } Befunde, siehe unten.
    }
trouble-lane = { $lane }: Das Älteste wartet { $span }.
trouble-inbox = { $count } Signale warten auf Entscheidung.
trouble-due = Eine Frist ist seit einer Weile verstrichen und unbearbeitet.
trouble-mail = Kein Mailserver eingerichtet: Niemand wird per E-Mail benachrichtigt.
trouble-fallback = Keine Person der Rückfallebene ist erreichbar. Wählen Sie eine unter „Organisation“.

## Hilfe

help-title = Hilfe
help-lead = Was die Wörter bedeuten und welche Tasten gelten.
help-glossary = Wörter
help-more = Mehr
help-shortcuts-text = Einzelne Tasten gelten, solange kein Feld den Fokus hat. Mit ? zeigt jede Seite ihre eigenen.
term-signal = Signal
meaning-signal = Eine Meldung eines Überwachungssystems: Etwas stimmt nicht, oder es ist vorbei.
term-alert = Alarm
meaning-alert = Wovon Signale mit demselben Schlüssel handeln, vom Auslösen bis zum Ende, und wieder. Einen zu sehen ist noch kein Grund, jemanden zu wecken.
term-incident = Vorfall
meaning-incident = Eine Störung, die Menschen braucht, ausgerufen durch eine Regel oder eine Person. Sie hat für immer eine Nummer, eine Schwere, einen Umfang, eine Zeitleiste.
term-severity = Schwere
meaning-severity = Wie stark Kunden betroffen sind, 0 (am schlimmsten) bis 4 (gar nicht). Unsicher? Die schwerere nehmen.
term-service = Dienst
meaning-service = Wovon Alarme handeln. Er hat eine zuständige Gruppe, eine Regel, die aus Alarmen Vorfälle macht, und eine Eskalation.
term-component = Komponente
meaning-component = Ein Teil eines Produkts, der für sich ausfallen kann; was der Umfang eines Vorfalls nennt.
term-pod = Pod
meaning-pod = Eine unabhängige Installation für einen Teil der Kunden.
term-escalation = Eskalation
meaning-escalation = Wer in welcher Reihenfolge benachrichtigt wird, bis jemand übernimmt. Ein laufender Vorfall behält die, mit der er begann.
term-step = Stufe
meaning-step = Ein Abschnitt der Eskalation: Nach einer Frist werden alle ihre Personen zugleich benachrichtigt.
term-page = Benachrichtigung
meaning-page = Eine Person erfährt von einem Vorfall, über ihre Kontakte der Reihe nach, bis zugestellt ist und jemand reagiert. Jede sagt, warum gerade diese Person.
term-acknowledge = Übernehmen
meaning-acknowledge = Sagen: „Ich habe es“. Ab dann wird niemand sonst benachrichtigt.
term-fallback = Rückfallebene
meaning-fallback = Personen, die benachrichtigt werden, wenn keine Stufe jemanden erreicht oder alle vergeblich waren.
term-holder = Inhaber
meaning-holder = Wer einen Vorfall übernommen hat. Er lässt sich übergeben, nie teilen.
term-timeline = Zeitleiste
meaning-timeline = Alles, was in einem Vorfall geschah, durch wen und wann. Korrekturen kommen hinzu; nichts wird überschrieben.
term-runbook = Runbook
meaning-runbook = Was zuerst zu tun ist; jede Benachrichtigung trägt den Link.
term-key = Integrationsschlüssel
meaning-key = Damit darf ein Absender Signale zu einem Dienst senden, und sonst nichts.
term-token = API-Token
meaning-token = Damit handelt ein Skript für eine Person, mit höchstens einer gewählten Rolle.
term-quarantine = Quarantäne
meaning-quarantine = Wo Nutzlasten warten, die mit richtigem Schlüssel kamen, aber nicht lesbar waren.
term-journal = Journal
meaning-journal = Jede je gemachte Änderung, so verkettet, dass nichts unbemerkt geändert oder entfernt werden kann.
term-canary = Selbsttest
meaning-canary = Ein eigener Alarm von Hansei, der den ganzen Weg geht, als Beweis, dass Benachrichtigungen ankommen.

## Gestaltung

design-title = Gestaltungssystem
design-lead = Jeder Baustein einmal, in jedem Zustand. Seiten bestehen daraus und aus nichts sonst.
design-type = Schrift
design-buttons = Schaltflächen
design-badges = Schwere, Zustand, Grad
design-forms = Formulare
design-callouts = Hinweise und Leerzustände
design-figures = Kennzahlen und Uhren
design-lang = Dasselbe in drei Sprachen
design-people = Personen
design-code = Code, Geheimnisse, Schlüssel und Wert
design-over = Menüs, Dialoge, Meldungen, Aufklappbares
design-lists = Listen und Tabellen
design-incident = Vorfall
design-history = Änderungen
design-icons = Symbole
