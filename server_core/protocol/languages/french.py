"""Replies in French."""

from server_core.protocol.languages.language import Language

LANGUAGE = Language(
    "fr",
    "Français",
    {
        "Argument missing": "Il manque un argument",
        "No argument expected": "Aucun argument attendu",
        "Wrong number of arguments": "Nombre d'arguments incorrect",
        "A decimal number is expected": "Un nombre décimal est attendu",
        "Message numbers begin at 1": "Les numéros de message commencent à 1",
        "Unknown command": "Commande inconnue",
        "Command not valid in this state": "Commande non valable dans cet état",
        "Control characters are not allowed": "Les caractères de contrôle ne sont pas permis",
        "Line too long": "Ligne trop longue",
        "Line too long, closing connection": "Ligne trop longue, fermeture de la connexion",
        "Too many errors, closing connection": "Trop d'erreurs, fermeture de la connexion",
        "Internal error": "Erreur interne",
        "Server shutting down": "Le serveur s'arrête",
        "TLS does not begin here; use STLS or the port for TLS": (
            "TLS ne commence pas ici ; utiliser STLS ou le port réservé à TLS"
        ),
        "TLS is already active": "TLS est déjà actif",
        "TLS is not available": "TLS n'est pas disponible",
        "Begin TLS negotiation": "Début de la négociation TLS",
        "Plaintext login is not allowed without TLS": (
            "La connexion avec mot de passe en clair n'est pas permise sans TLS"
        ),
        "Login with USER and PASS is not available": (
            "La connexion avec USER et PASS n'est pas disponible"
        ),
        "APOP is not available": "APOP n'est pas disponible",
        "Send PASS": "Envoyer PASS",
        "Send USER first": "Envoyer d'abord USER",
        "Mechanisms follow": "Liste des mécanismes",
        "Mechanism not available": "Mécanisme non disponible",
        "%s takes no initial response": "%s n'accepte pas de réponse initiale",
        "Authentication cancelled": "Authentification annulée",
        "Invalid user name or password": "Nom d'utilisateur ou mot de passe incorrect",
        "Too many connections for user": "Trop de connexions pour cet utilisateur",
        "Mailbox is in use": "La boîte aux lettres est en cours d'utilisation",
        "Signed in too soon, try again in %d seconds": (
            "Connexion trop rapprochée, réessayer dans %d secondes"
        ),
        "mailbox is not available": "La boîte aux lettres n'est pas disponible",
        "mailbox cannot be opened": "La boîte aux lettres ne peut pas être ouverte",
        "some deleted messages not removed": "Certains messages supprimés n'ont pas été retirés",
        "Mailbox has %d messages (%d octets)": "Messages dans la boîte : %d (%d octets)",
        "%d messages (%d octets)": "Messages : %d (%d octets)",
        "Unique-id listing follows": "Liste des identifiants",
        "Top of message follows": "Début du message",
        "Message %d deleted": "Message %d supprimé",
        "Message %d already deleted": "Le message %d est déjà supprimé",
        "Message %d is deleted": "Le message %d est supprimé",
        "No such message": "Ce message n'existe pas",
        "message %d cannot be read now": "Le message %d ne peut pas être lu pour le moment",
        "message %d cannot be read, ask the administrator": (
            "Le message %d ne peut pas être lu, s'adresser à l'administrateur"
        ),
        "Nothing done": "Rien n'a été fait",
        "Bye": "Au revoir",
        "Bye (%d messages left)": "Au revoir (messages restants : %d)",
        "Capability list follows": "Liste des capacités",
        "Language listing follows": "Liste des langues",
        "Replies are in English now": "Les réponses sont maintenant en français",
        "This language is not available": "Cette langue n'est pas disponible",
        "A language range is expected, such as en or de-AT": (
            "Une étiquette de langue est attendue, par exemple en ou de-AT"
        ),
        "UTF-8 is understood": "UTF-8 est compris",
    },
)
