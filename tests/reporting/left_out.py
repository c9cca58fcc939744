"""Why a table is in no extract. A new table fails a test until it is extracted or stands here."""

from collections.abc import Mapping

LEFT_OUT: Mapping[str, str] = {
    "How things stand now. What led there is in the facts beside it, which never change.": (
        "activation activation_step appointment catalogue_draft charge_line consignment earned_trigger expected_return "
        "export_release hold job job_wait manual_step optimisation_run order_item order_milestone product_order promise "
        "promise_credit proposal_move reconciliation_run resource resource_assignment review_card serial_unit service "
        "service_break stock_reservation transfer_order visit work_order"
    ),
    "Master data, which changes and is read by its own routes.": (
        "account address_block app_user booking_quota cpe_model distribution_point offering_price organisation "
        "planning_policy premises premises_drop product_offering resource_pool shift skill stock_level stock_location "
        "technician technician_skill territory work_specification"
    ),
    "Who may come in, and how somebody is reached: secrets, also as hashes, leave the database with a backup alone.": (
        "access_link billing_key calendar_feed device device_token enrolment_code failed_attempts invitation "
        "phone_contact push_key push_subscription second_factor service_key user_session "
        "visit_browser"
    ),
    "How work is passed on between processes and peers.": (
        "answered_request billing_feed billing_feed_repeat billing_stream chore extract_number extract_stream feed_body "
        "feed_entry feed_epoch feed_scope inbox job_series message order_number outbox report_delivery report_schedule "
        "run_progress serial_import sync_mutation sync_outbox"
    ),
    "What is worked out anew all the time, or kept for a while only.": (
        "arrival_estimate day_inputs jeopardy_alert job_presence technician_position technician_time"
    ),
    "Files have an address of their own; facts name them by their SHA-256.": "blob blob_upload upload upload_part",
    "The audit is verified and read as a chain (`truckroll verify-audit`).": "audit audit_link",
}
