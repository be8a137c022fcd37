"""Replies in Italian."""

from server_core.protocol.languages.language import Language

LANGUAGE = Language(
    "it",
    "Italiano",
    {
        "Argument missing": "Manca un argomento",
        "No argument expected": "Nessun argomento previsto",
        "Wrong number of arguments": "Numero di argomenti errato",
        "A decimal number is expected": "È previsto un numero decimale",
        "Message numbers begin at 1": "I numeri dei messaggi iniziano da 1",
        "Unknown command": "Comando sconosciuto",
        "Command not valid in this state": "Comando non valido in questo stato",
        "Control characters are not allowed": "I caratteri di controllo non sono ammessi",
        "Line too long": "Riga troppo lunga",
        "Line too long, closing connection": "Riga troppo lunga, la connessione viene chiusa",
        "Too many errors, closing connection": "Troppi errori, la connessione viene chiusa",
        "Internal error": "Errore interno",
        "Server shutting down": "Il server si sta fermando",
        "TLS does not begin here; use STLS or the port for TLS": (
            "TLS non inizia qui; usare STLS o la porta per TLS"
        ),
        "TLS is already active": "TLS è già attivo",
        "TLS is not available": "TLS non è disponibile",
        "Begin TLS negotiation": "Iniziare la negoziazione TLS",
        "Plaintext login is not allowed without TLS": (
            "L'accesso con password in chiaro non è ammesso senza TLS"
        ),
        "Login with USER and PASS is not available": "L'accesso con USER e PASS non è disponibile",
        "APOP is not available": "APOP non è disponibile",
        "Send PASS": "Inviare PASS",
        "Send USER first": "Inviare prima USER",
        "Mechanisms follow": "Elenco dei meccanismi",
        "Mechanism not available": "Meccanismo non disponibile",
        "%s takes no initial response": "%s non accetta una risposta iniziale",
        "Authentication cancelled": "Autenticazione annullata",
        "Invalid user name or password": "Nome utente o password non validi",
        "Too many connections for user": "Troppe connessioni per questo utente",
        "Mailbox is in use": "La casella è in uso",
        "Signed in too soon, try again in %d seconds": (
            "Accesso troppo ravvicinato, riprovare tra %d secondi"
        ),
        "mailbox is not available": "La casella non è disponibile",
        "mailbox cannot be opened": "La casella non può essere aperta",
        "some deleted messages not removed": "Alcuni messaggi cancellati non sono stati rimossi",
        "Mailbox has %d messages (%d octets)": "Messaggi nella casella: %d (%d ottetti)",
        "%d messages (%d octets)": "Messaggi: %d (%d ottetti)",
        "Unique-id listing follows": "Elenco degli identificativi",
        "Top of message follows": "Inizio del messaggio",
        "Message %d deleted": "Messaggio %d cancellato",
        "Message %d already deleted": "Il messaggio %d è già cancellato",
        "Message %d is deleted": "Il messaggio %d è cancellato",
        "No such message": "Messaggio inesistente",
        "message %d cannot be read now": "Il messaggio %d non può essere letto ora",
        "message %d cannot be read, ask the administrator": (
            "Il messaggio %d non può essere letto, rivolgersi all'amministratore"
        ),
        "Nothing done": "Nessuna operazione",
        "Bye": "Arrivederci",
        "Bye (%d messages left)": "Arrivederci (messaggi rimasti: %d)",
        "Capability list follows": "Elenco delle funzionalità",
        "Language listing follows": "Elenco delle lingue",
        "Replies are in English now": "Le risposte ora sono in italiano",
        "This language is not available": "Questa lingua non è disponibile",
        "A language range is expected, such as en or de-AT": (
            "È prevista un'etichetta di lingua, ad esempio en o de-AT"
        ),
        "UTF-8 is understood": "UTF-8 è compreso",
    },
)
