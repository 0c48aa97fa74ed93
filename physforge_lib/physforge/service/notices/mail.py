"""Send a notice by e-mail."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from physforge.database.tables.base import now
from physforge.errors import RemoteError, SettingsError
from physforge.service.notices.message import Ended
from physforge.service.notices.settings import NoticeSettings
from physforge.service.settings import read_private_line
from physforge.workbench.notice_options import MailServer

_SECONDS = 20.0

#: Port of servers that speak TLS from the first byte.
_TLS_PORT = 465


def send_mail(settings: NoticeSettings, to: str, ended: Ended, *, trusted: ssl.SSLContext | None = None) -> None:
    """Send a notice.

    Parameters
    ----------
    settings : NoticeSettings
        With a server.
    to : str
        An address that was checked.
    ended : Ended
        What is told.
    trusted : ssl.SSLContext, optional
        Whose certificates are believed; the system's by default.

    Raises
    ------
    RemoteError
        If it was not taken: without the password, and without the address.
    """
    if settings.smtp is None:
        raise RemoteError("There is no mail server.")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = ended.title, settings.smtp.sender, to
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=settings.smtp.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    # Links stay whole: lines are short enough for any server.
    message.set_content(ended.text(settings.address), cte="7bit")
    try:
        _deliver(settings.smtp, message, trusted or ssl.create_default_context())
    except (OSError, smtplib.SMTPException, SettingsError) as error:
        # What a server says may have addresses in it.
        raise RemoteError(f"The mail server did not take a notice ({type(error).__name__}).") from error


def _deliver(smtp: MailServer, message: EmailMessage, trusted: ssl.SSLContext) -> None:
    if smtp.encrypted and smtp.port == _TLS_PORT:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=_SECONDS, context=trusted)
    else:
        connection = smtplib.SMTP(smtp.host, smtp.port, timeout=_SECONDS)
    with connection:
        if smtp.encrypted and smtp.port != _TLS_PORT:
            connection.starttls(context=trusted)
        if smtp.user and smtp.password_file:
            connection.login(smtp.user, read_private_line(smtp.password_file))
        connection.send_message(message)
