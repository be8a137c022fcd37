"""Replies in German."""

from server_core.protocol.languages.language import Language

LANGUAGE = Language(
    "de",
    "Deutsch",
    {
        "Argument missing": "Ein Argument fehlt",
        "No argument expected": "Hier steht kein Argument",
        "Wrong number of arguments": "Falsche Anzahl von Argumenten",
        "A decimal number is expected": "Eine Dezimalzahl wird erwartet",
        "Message numbers begin at 1": "Nachrichtennummern beginnen bei 1",
        "Unknown command": "Unbekannter Befehl",
        "Command not valid in this state": "Dieser Befehl gilt in diesem Zustand nicht",
        "Control characters are not allowed": "Steuerzeichen sind nicht erlaubt",
        "Line too long": "Die Zeile ist zu lang",
        "Line too long, closing connection": (
            "Die Zeile ist zu lang, die Verbindung wird geschlossen"
        ),
        "Too many errors, closing connection": "Zu viele Fehler, die Verbindung wird geschlossen",
        "Internal error": "Interner Fehler",
        "Server shutting down": "Der Server wird beendet",
        "TLS does not begin here; use STLS or the port for TLS": (
            "TLS beginnt hier nicht; STLS oder den Port für TLS verwenden"
        ),
        "TLS is already active": "TLS ist schon aktiv",
        "TLS is not available": "TLS ist nicht verfügbar",
        "Begin TLS negotiation": "TLS-Aushandlung beginnen",
        "Plaintext login is not allowed without TLS": (
            "Anmeldung mit Klartext-Passwort ist ohne TLS nicht erlaubt"
        ),
        "Login with USER and PASS is not available": (
            "Anmeldung mit USER und PASS ist nicht verfügbar"
        ),
        "APOP is not available": "APOP ist nicht verfügbar",
        "Send PASS": "PASS senden",
        "Send USER first": "Zuerst USER senden",
        "Mechanisms follow": "Mechanismen folgen",
        "Mechanism not available": "Der Mechanismus ist nicht verfügbar",
        "%s takes no initial response": "%s nimmt keine erste Antwort entgegen",
        "Authentication cancelled": "Anmeldung abgebrochen",
        "Invalid user name or password": "Benutzername oder Passwort ist falsch",
        "Too many connections for user": "Zu viele Verbindungen für diesen Benutzer",
        "Mailbox is in use": "Das Postfach wird gerade benutzt",
        "Signed in too soon, try again in %d seconds": (
            "Zu früh wieder angemeldet, in %d Sekunden erneut versuchen"
        ),
        "mailbox is not available": "Das Postfach ist nicht verfügbar",
        "mailbox cannot be opened": "Das Postfach kann nicht geöffnet werden",
        "some deleted messages not removed": "Nicht alle gelöschten Nachrichten wurden entfernt",
        "Mailbox has %d messages (%d octets)": "Nachrichten im Postfach: %d (%d Oktette)",
        "%d messages (%d octets)": "Nachrichten: %d (%d Oktette)",
        "Unique-id listing follows": "Liste der Kennungen folgt",
        "Top of message follows": "Anfang der Nachricht folgt",
        "Message %d deleted": "Nachricht %d gelöscht",
        "Message %d already deleted": "Nachricht %d ist schon gelöscht",
        "Message %d is deleted": "Nachricht %d ist gelöscht",
        "No such message": "Diese Nachricht gibt es nicht",
        "message %d cannot be read now": "Nachricht %d kann gerade nicht gelesen werden",
        "message %d cannot be read, ask the administrator": (
            "Nachricht %d kann nicht gelesen werden, bitte den Administrator fragen"
        ),
        "Nothing done": "Nichts getan",
        "Bye": "Auf Wiedersehen",
        "Bye (%d messages left)": "Auf Wiedersehen (übrige Nachrichten: %d)",
        "Capability list follows": "Liste der Fähigkeiten folgt",
        "Language listing follows": "Liste der Sprachen folgt",
        "Replies are in English now": "Antworten sind jetzt auf Deutsch",
        "This language is not available": "Diese Sprache ist nicht verfügbar",
        "A language range is expected, such as en or de-AT": (
            "Eine Sprachangabe wird erwartet, etwa en oder de-AT"
        ),
        "UTF-8 is understood": "UTF-8 wird verstanden",
    },
)
