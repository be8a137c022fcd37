"""Replies in Spanish."""

from server_core.protocol.languages.language import Language

LANGUAGE = Language(
    "es",
    "Español",
    {
        "Argument missing": "Falta un argumento",
        "No argument expected": "No se espera ningún argumento",
        "Wrong number of arguments": "Número de argumentos incorrecto",
        "A decimal number is expected": "Se espera un número decimal",
        "Message numbers begin at 1": "Los números de mensaje empiezan en 1",
        "Unknown command": "Orden desconocida",
        "Command not valid in this state": "Orden no válida en este estado",
        "Control characters are not allowed": "No se permiten caracteres de control",
        "Line too long": "Línea demasiado larga",
        "Line too long, closing connection": "Línea demasiado larga, se cierra la conexión",
        "Too many errors, closing connection": "Demasiados errores, se cierra la conexión",
        "Internal error": "Error interno",
        "Server shutting down": "El servidor se está cerrando",
        "TLS does not begin here; use STLS or the port for TLS": (
            "TLS no empieza aquí; use STLS o el puerto para TLS"
        ),
        "TLS is already active": "TLS ya está activo",
        "TLS is not available": "TLS no está disponible",
        "Begin TLS negotiation": "Comience la negociación TLS",
        "Plaintext login is not allowed without TLS": (
            "No se permite enviar la contraseña en claro sin TLS"
        ),
        "Login with USER and PASS is not available": "El acceso con USER y PASS no está disponible",
        "APOP is not available": "APOP no está disponible",
        "Send PASS": "Envíe PASS",
        "Send USER first": "Envíe primero USER",
        "Mechanisms follow": "Lista de mecanismos",
        "Mechanism not available": "Mecanismo no disponible",
        "%s takes no initial response": "%s no admite una respuesta inicial",
        "Authentication cancelled": "Autenticación cancelada",
        "Invalid user name or password": "Nombre de usuario o contraseña incorrectos",
        "Too many connections for user": "Demasiadas conexiones de este usuario",
        "Mailbox is in use": "El buzón está en uso",
        "Signed in too soon, try again in %d seconds": (
            "Acceso demasiado pronto, inténtelo de nuevo dentro de %d segundos"
        ),
        "mailbox is not available": "El buzón no está disponible",
        "mailbox cannot be opened": "No se puede abrir el buzón",
        "some deleted messages not removed": "Algunos mensajes borrados no se han eliminado",
        "Mailbox has %d messages (%d octets)": "Mensajes en el buzón: %d (%d octetos)",
        "%d messages (%d octets)": "Mensajes: %d (%d octetos)",
        "Unique-id listing follows": "Lista de identificadores",
        "Top of message follows": "Principio del mensaje",
        "Message %d deleted": "Mensaje %d borrado",
        "Message %d already deleted": "El mensaje %d ya está borrado",
        "Message %d is deleted": "El mensaje %d está borrado",
        "No such message": "Ese mensaje no existe",
        "message %d cannot be read now": "El mensaje %d no se puede leer en este momento",
        "message %d cannot be read, ask the administrator": (
            "El mensaje %d no se puede leer, consulte al administrador"
        ),
        "Nothing done": "No se ha hecho nada",
        "Bye": "Adiós",
        "Bye (%d messages left)": "Adiós (mensajes restantes: %d)",
        "Capability list follows": "Lista de capacidades",
        "Language listing follows": "Lista de idiomas",
        "Replies are in English now": "Las respuestas ahora están en español",
        "This language is not available": "Este idioma no está disponible",
        "A language range is expected, such as en or de-AT": (
            "Se espera una etiqueta de idioma, por ejemplo en o de-AT"
        ),
        "UTF-8 is understood": "Se entiende UTF-8",
    },
)
