# Wörter, die an mehreren Stellen gebraucht werden. Ein Wort je Sache.

severity-0 = Kritisch, alles steht
severity-1 = Kritisch
severity-2 = Schwerwiegend
severity-3 = Gering
severity-4 = Keine Auswirkung auf Kunden

status-detected = Erkannt
status-triage = Sichtung
status-investigating = In Untersuchung
status-identified = Ursache bekannt
status-monitoring = Unter Beobachtung
status-resolved = Behoben
status-closed = Abgeschlossen
status-merged = Zusammengeführt

alert-status-firing = Aktiv
alert-status-resolved = Beendet
alert-severity-critical = Kritisch
alert-severity-error = Fehler
alert-severity-warning = Warnung
alert-severity-info = Hinweis

source-monitoring = Überwachung
source-customer_report = Kundenmeldung
source-staff = Von Mitarbeitenden bemerkt
source-unknown = Nicht bekannt

role-viewer = Lesend
role-responder = Einsatz
role-manager = Verwaltung
role-admin = Administration

time-impact_started = Beginn der Auswirkung
time-detected = Erkannt
time-declared = Ausgerufen
time-acknowledged = Übernommen
time-first_public = Erste öffentliche Meldung
time-mitigated = Eingedämmt
time-impact_ended = Ende der Auswirkung
time-resolved = Behoben
time-resolution_announced = Behebung gemeldet
time-closed = Abgeschlossen

evidence-graph = Diagramm
evidence-log = Protokoll
evidence-change = Änderung
evidence-conversation = Gespräch
evidence-other = Sonstiges

why-step = { $service }: Stufe { $step } der Eskalation nennt { $target }, { $delay } nach der vorigen Stufe
why-step-first = { $service }: Die erste Stufe der Eskalation nennt { $target }
why-step-round = { $service }: Runde { $round }, Stufe { $step } der Eskalation nennt { $target }
why-exhausted = In keiner Stufe der Eskalation hat jemand übernommen; Sie sind die Rückfallebene
why-nobody_to_page = Keine Stufe der Eskalation erreicht jemanden; Sie sind die Rückfallebene
why-requested = { $person } hat Sie angefordert
why-requested-system = Sie wurden angefordert
why-handed_over = { $person } hat Ihnen den Vorfall übergeben
why-handed_over-system = Der Vorfall wurde Ihnen übergeben
target-you = Sie
target-team = Team { $team }
target-person = { $person }

error-field-required = Diese Angabe fehlt
error-field-too_long = Diese Angabe ist zu lang
error-field-bad_characters = Diese Angabe enthält unerlaubte Zeichen
error-field-malformed = Diese Angabe hat nicht die erwartete Form
error-field-unknown = Das gibt es nicht
error-field-taken = Das ist schon vergeben
error-field-out_of_range = Diese Angabe liegt außerhalb des Erlaubten
error-field-contradiction = Diese Angabe widerspricht einer anderen

refusal-already_declared = Den Vorfall gibt es schon
refusal-incident_ended = Der Vorfall ist beendet
refusal-incident_merged = Er geht in dem Vorfall weiter, mit dem er zusammengeführt wurde
refusal-merge_self = Ein Vorfall kann nicht mit sich selbst zusammengeführt werden
refusal-merge_target_ended = Der andere Vorfall ist beendet
refusal-reopen_window_over = Er ist zu lange behoben: Rufen Sie einen neuen aus und verknüpfen Sie ihn als Wiederholung
refusal-not_resolved = Nur ein behobener Vorfall kann abgeschlossen werden
refusal-note_withdrawn = Das wurde schon zurückgenommen
refusal-last_admin = Zuerst muss jemand anderes Administration haben
refusal-entry_in_use = Das wird noch gebraucht
refusal-settings_needed = Die Einstellungen können nicht archiviert werden
refusal-stale_generation = Dieser Link gehört zu einem früheren Alarm des Vorfalls
refusal-forbidden = Das dürfen Sie nicht
refusal-not_found = Das gibt es nicht
refusal-conflict = Jemand anderes hat das im selben Moment geändert. Bitte ansehen und noch einmal versuchen
refusal-unavailable = Hansei kann das gerade nicht speichern. Bitte gleich noch einmal versuchen
refusal-too_many_tries = Zu viele falsche Passwörter. Bitte eine Weile warten und dann noch einmal versuchen
refusal-merge_self_test = Hanseis eigener Selbsttest bleibt für sich
refusal-group_has_active = Seine Alerts gehören jetzt zu einem anderen offenen Incident: bitte dort weitermachen
